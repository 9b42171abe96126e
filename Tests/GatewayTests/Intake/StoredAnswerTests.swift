import Core
import Fakes
import Foundation
import Gateway
import Platform
import Testing

@Suite("What an answer says of where its copies are")
struct StoredAnswerTests {
  @Test("stored is broker only if every copy was confirmed, and spool if any copy is in the spool")
  func single() throws {
    let server = try ScriptedIntake()
    #expect(try server.post(#"{"level":91,"def_name":"f","message":"confirmed"}"#).json?["stored"] == "broker")
    #expect(try server.post(#"{"level":91,"def_name":"f","message":"spooled"}"#).json?["stored"] == "spool")
    // LogBeacon's copy was confirmed, those of the chats were not.
    #expect(try server.post(#"{"level":91,"def_name":"f","message":"halves"}"#).json?["stored"] == "spool")
    #expect(try server.post(#"{"level":0,"def_name":"f","message":"local"}"#).json?["stored"] == "none")
  }

  @Test("an event of which one copy is not durable is 503, whatever became of the others")
  func partlyUnavailable() throws {
    let server = try ScriptedIntake()
    let answer = try server.post(#"{"level":91,"def_name":"f","message":"torn"}"#)
    #expect(answer.status == 503 && answer.headers["retry-after"] != nil)
    #expect(answer.json?["stored"] == nil)
  }

  @Test("a batch tells the items that were not made durable, and is 503 only if none was")
  func batch() throws {
    let server = try ScriptedIntake()
    let answer = try server.post(
      #"""
      [{"level":1,"def_name":"f","message":"confirmed"},{"level":91,"def_name":"f","message":"torn"},
       {"level":9,"def_name":"f","message":"spooled"},{"level":0,"def_name":"f","message":"local"}]
      """#)
    #expect(answer.status == 202)
    #expect(answer.json?["status"] == "partial" && answer.json?["stored"] == "spool")
    #expect(answer.json?["accepted"] == 3 && answer.json?["rejected"] == 1)
    #expect(answer.json?["errors"]?[0]?["index"] == 1)
    #expect(answer.json?["errors"]?[0]?["code"] == "unavailable")
    #expect(try server.post(#"[{"level":1,"def_name":"f","message":"torn"}]"#).status == 503)
    #expect(try server.post(#"[{"level":1,"def_name":"f","message":"confirmed"}]"#).json?["stored"] == "broker")
  }

  @Test("accepted events are counted by where they are")
  func counted() throws {
    let server = try ScriptedIntake()
    for message in ["confirmed", "confirmed", "spooled", "torn"] {
      _ = try server.post(#"{"level":9,"def_name":"f","message":"\#(message)"}"#)
    }
    let text = String(decoding: server.metrics.exposition(MetricsReading()), as: UTF8.self)
    let series = #"beacongate_events_accepted_total{domain="localhost",level="Error",stored="#
    #expect(text.contains("\(series)\"broker\"} 2\n"))
    #expect(text.contains("\(series)\"spool\"} 1\n"))
    #expect(text.contains(#"beacongate_events_rejected_total{reason="unavailable"} 1"#))
  }
}

/// Intake over a queue whose outcomes are written in the events' messages.
private final class ScriptedIntake {
  let metrics = Metrics(domains: ["localhost"], loops: 1)
  private let intake: Intake
  private let port: UInt16

  init() throws {
    var settings = Settings()
    settings.http.listen = [.tcp(host: "127.0.0.1", port: 0)]
    settings.admin.listen = []
    let bound = try Intake.Bound(settings)
    port = UInt16(bound.addresses[0].address.split(separator: ":").last ?? "") ?? 0
    intake = try Intake(
      bound, settings: settings, queue: ScriptedQueue(), console: .off, metrics: metrics, heartbeats: [Heartbeat()],
      pages: { _, _ in Page(status: .ok, mediaType: .health, body: []) },
      deadPages: { _, _ in })
  }

  deinit { intake.close() }

  func post(_ body: String) throws -> RawHTTPConnection.Response {
    let connection = try RawHTTPConnection(port: port)
    try connection.send(RunningGateway.post(body))
    return try connection.readResponse()
  }
}

/// Answers as the messages say: `halves` and `torn` part an event's copies after the first.
private final class ScriptedQueue: Queue {
  func store(_ batch: CopyBatch, completion: @escaping @Sendable (StoreOutcome) -> Void) {
    let outcomes = batch.rows.map { row -> CopyOutcome in
      let body = String(decoding: batch.bytes[row.body], as: UTF8.self)
      let isFirst = row.audience == nil
      if body.contains("spooled") || (body.contains("halves") && !isFirst) { return .spooled }
      if body.contains("torn") && !(isFirst && body.contains("Error")) { return .unavailable(.full) }
      return .confirmed
    }
    completion(.mixed(outcomes))
  }

  func storeLocally(_ batch: CopyBatch, completion: @escaping @Sendable (StoreOutcome) -> Void) {
    store(batch, completion: completion)
  }
  func consume(
    _ name: QueueName, prefetch: Int, mode: ConsumeMode, receive: @escaping @Sendable ([Delivery]) -> Void
  ) {}
  func cancel(_ name: QueueName) {}
  func settle(_ name: QueueName, _ settlements: [(tag: UInt64, settlement: Settlement)]) {}
  func release(_ name: QueueName, lane: String) {}
  func figures(_ name: QueueName) -> QueueFigures { QueueFigures() }
}
