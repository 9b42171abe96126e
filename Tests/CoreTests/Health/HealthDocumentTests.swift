import Core
import Foundation
import Testing

@Suite struct HealthDocumentTests {
  private static let reading = HealthReading(
    role: .all, phase: .running,
    spool: .init(
      .full, since: 1_736_908_200_000, figures: .init(events: 7, bytes: 512, limitBytes: 1024), note: "disk /dev/sda1"),
    logbeacon: .init(.breakerOpen, figures: .init(queued: 3), note: "connect to logs.internal: \"refused\""),
    telegram: .init(.console, figures: .init(queued: 0)), uptimeSeconds: 61)

  private static func object(_ document: HealthDocument) throws -> [String: Any] {
    let value = try JSONSerialization.jsonObject(with: Data(document.body))
    return try #require(value as? [String: Any])
  }

  private static func check(_ name: String, in document: HealthDocument) throws -> [String: Any] {
    let checks = try #require(try object(document)["checks"] as? [String: Any])
    return try #require(checks[name] as? [String: Any])
  }

  @Test("the webhook has a check of its own where there is one, and only there")
  func webhook() throws {
    var reading = Self.reading
    #expect(!String(decoding: HealthDocument(reading, for: .operators).body, as: UTF8.self).contains("webhook"))
    reading.webhook = .init(.paused, figures: .init(queued: 2))
    let check = try Self.check("webhook", in: HealthDocument(reading, for: .operators))
    #expect(check["status"] as? String == "warn" && check["queued"] as? Int == 2)
  }

  @Test("the document has the members that the contract names")
  func members() throws {
    let document = HealthDocument(Self.reading, for: .operators)
    let object = try Self.object(document)
    #expect(document.httpStatus == .serviceUnavailable)
    #expect(object["status"] as? String == "fail")
    #expect(object["version"] as? String == Version.current)
    #expect(object["role"] as? String == "all")
    #expect(object["uptime_seconds"] as? Int == 61)
    let spool = try Self.check("spool", in: document)
    #expect(spool["status"] as? String == "fail")
    #expect(spool["since"] as? String == "2025-01-15T02:30:00.000Z")
    #expect(spool["events"] as? Int == 7)
    #expect(spool["bytes"] as? Int == 512)
    #expect(spool["limit_bytes"] as? Int == 1024)
    #expect(spool["queued"] == nil)
    let logbeacon = try Self.check("logbeacon", in: document)
    #expect(logbeacon["status"] as? String == "warn")
    #expect(logbeacon["queued"] as? Int == 3)
    #expect(logbeacon["since"] == nil)
  }

  @Test("an embedded queue has no broker check, a process without a worker no sink check")
  func absentParts() throws {
    let reading = HealthReading(role: .ingest, phase: .running, spool: .init(.writable))
    let checks = try #require(try Self.object(HealthDocument(reading, for: .everyone))["checks"] as? [String: Any])
    #expect(checks.keys.sorted() == ["spool"])
  }

  @Test("notes are for operators; strangers read sentences from the closed set")
  func audiences() throws {
    let closed = Set(
      BrokerCondition.allCases.map(\.sentence.description) + SpoolCondition.allCases.map(\.sentence.description)
        + SinkCondition.allCases.map(\.sentence.description))
    let open = HealthDocument(Self.reading, for: .everyone)
    for name in ["spool", "logbeacon", "telegram"] {
      let detail = try #require(try Self.check(name, in: open)["detail"] as? String)
      #expect(closed.contains(detail))
    }
    #expect(!String(decoding: open.body, as: UTF8.self).contains("logs.internal"))
    let detail = try Self.check("logbeacon", in: HealthDocument(Self.reading, for: .operators))["detail"] as? String
    #expect(detail?.hasSuffix("connect to logs.internal: \"refused\"") == true)
  }

  @Test("a broker that keeps a worker from its work has failed, where it only warns an intake")
  func shownStatus() throws {
    for (role, expected) in [(Settings.Role.worker, "fail"), (.ingest, "warn")] {
      let reading = HealthReading(role: role, phase: .running, broker: .init(.away), spool: .init(.writable))
      let document = HealthDocument(reading, for: .everyone)
      #expect(try Self.check("broker", in: document)["status"] as? String == expected)
      #expect(try Self.check("spool", in: document)["status"] as? String == "pass")
    }
  }

  @Test("a draining process says so")
  func draining() throws {
    let reading = HealthReading(role: .all, phase: .draining, spool: .init(.writable))
    let object = try Self.object(HealthDocument(reading, for: .everyone))
    #expect(object["status"] as? String == "fail")
    #expect(object["detail"] as? String == "The process is shutting down.")
  }

  @Test(
    "a thread is alive while it waits and for ten seconds of one turn",
    arguments: [
      ([nil, nil], true), ([100, nil], true), ([100], true), ([99], false), ([nil, 99], false),
      ([20_000_000_000], true),
    ] as [([UInt64?], Bool)])
  func liveness(_ busySince: [UInt64?], _ alive: Bool) throws {
    let liveness = Liveness(busySince: busySince)
    let now: UInt64 = 10_000_000_100
    #expect(liveness.isAlive(now: now) == alive)
    let document = HealthDocument(liveness, now: now)
    #expect(document.httpStatus == (alive ? .ok : .serviceUnavailable))
    #expect(try Self.object(document)["status"] as? String == (alive ? "pass" : "fail"))
  }
}
