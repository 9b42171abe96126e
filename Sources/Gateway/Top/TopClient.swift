package import Core
import JSON

/// Asks the admin listener of a running gateway how it stands.
package final class TopClient {
  /// The longest wait for one answer, which a gateway gives from kept figures.
  private static let timeout = Duration.seconds(2)

  private let client: AdminClient
  private let answer = AnswerReader()
  private let reader = JSONReader()

  /// As `DeadClient` finds it.
  package init(_ settings: Settings, url: String?) throws(AdminClientError) {
    client = try AdminClient(
      settings, url: url, timeout: Self.timeout, purpose: "top",
      hint: "start it, or name its admin listener with --url")
  }

  package var address: String { client.base }

  package func read() throws(AdminClientError) -> TopReading {
    let body = try client.ask("GET", "/api/status")
    guard let reading = reading(body) else { throw AdminClient.stranger }
    return reading
  }

  /// `nil` if it is no status of a gateway.
  func reading(_ body: [UInt8]) -> TopReading? {
    guard let status = answer.string(at: ["status"], in: body), let queues = rows("queues", body),
      let deliveries = rows("deliveries", body), let checks = answer.value(at: ["checks"], in: body)
    else { return nil }
    var reading = TopReading()
    reading.status = status
    reading.version = answer.string(at: ["version"], in: body) ?? ""
    reading.role = answer.string(at: ["role"], in: body) ?? ""
    reading.detail = answer.string(at: ["detail"], in: body)
    reading.uptimeSeconds = integer(["uptime_seconds"], body)
    reading.checks = self.checks(Array(checks.text.utf8))
    reading.accepted = integer(["events", "accepted"], body)
    reading.rejected = integer(["events", "rejected"], body)
    reading.connections = integer(["connections"], body)
    reading.spoolEvents = integer(["spool", "events"], body)
    reading.spoolBytes = integer(["spool", "bytes"], body)
    reading.oldestSeconds = integer(["spool", "oldest_seconds"], body)
    reading.spoolLimitBytes = answer.integer(at: ["checks", "spool", "limit_bytes"], in: body).map { Int($0) }
    reading.queues = queues.map { row in
      TopReading.Queue(
        name: row["name"] ?? "", domain: row["domain"] ?? "", sink: row["sink"] ?? "",
        messages: Int(row["messages"] ?? "") ?? 0, dead: Int(row["dead"] ?? "") ?? 0,
        isBreakerOpen: row["breaker_open"] == "true", paused: Int(row["paused"] ?? "") ?? 0)
    }
    reading.deliveries = deliveries.map { row in
      TopReading.Delivery(
        sink: row["sink"] ?? "", domain: row["domain"] ?? "", outcome: row["outcome"] ?? "",
        count: Int(row["count"] ?? "") ?? 0)
    }
    return reading
  }

  private func checks(_ object: [UInt8]) -> [TopReading.Check] {
    guard let members = rows(object)?.first else { return [] }
    // Not in the order of the document, which is lost.
    return ["broker", "spool", "logbeacon", "telegram", "webhook"].compactMap { name in
      guard let check = members[name].flatMap({ rows(Array($0.utf8)) })?.first else { return nil }
      return TopReading.Check(name: name, status: check["status"] ?? "", detail: check["detail"] ?? "")
    }
  }

  private func integer(_ path: [String], _ body: [UInt8]) -> Int { Int(answer.integer(at: path, in: body) ?? 0) }

  private func rows(_ name: String, _ body: [UInt8]) -> [[String: String]]? {
    guard let value = answer.value(at: [name], in: body), value.kind == .array else { return nil }
    return rows(Array(value.text.utf8))
  }

  /// The members of an object, or of each in an array; `nil` if it is neither.
  private func rows(_ text: [UInt8]) -> [[String: String]]? {
    if text == Array("[]".utf8) { return [] }
    switch reader.read(text.span, as: .value) {
    case .object, .array: break
    case .lines, .refused: return nil
    }
    return reader.items.indices.map(reader.texts(ofItem:))
  }
}
