import Core
import Fakes
import Foundation
import Gateway
import Platform
import Synchronization
import Testing

@Suite("Events that come twice")
struct DuplicateTests {
  private static func event(_ id: String?, _ message: String = "m", level: Int = 9) -> String {
    #"{"level":\#(level),"def_name":"f","message":"\#(message)"\#(id.map { #","id":"\#($0)""# } ?? "")}"#
  }

  private func post(_ gateway: RunningGateway, _ body: String, key: String? = nil) throws -> RawHTTPConnection.Response
  {
    let field = key.map { "Idempotency-Key: \($0)\r\n" } ?? ""
    return try gateway.exchange(
      RunningGateway.post(body, headers: "Content-Type: application/json\r\n\(field)"))
  }

  /// Copies in the queue.
  private func stored(_ gateway: RunningGateway) throws -> Int? {
    let text = try gateway.exchange("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", onAdmin: true).text
    return text.firstMatch(of: /\nbeacongate_spool_events (\d+)/).flatMap { Int($0.1) }
  }

  @Test("the same id and content is answered as a duplicate and stored once; with other content it is 409")
  func sequential() throws {
    let gateway = try RunningGateway()
    let first = try post(gateway, Self.event("a"))
    let second = try post(gateway, Self.event("a"))
    #expect(first.status == 202 && first.json?["duplicate"] == nil)
    #expect(second.status == 202 && second.json?["duplicate"] == true)
    for member in ["id", "status", "stored", "routes", "truncated", "ignored"] {
      #expect(second.json?[member] == first.json?[member], "\(member)")
    }
    let other = try post(gateway, Self.event("a", "other"))
    #expect(other.status == 409 && other.headers["content-type"] == "application/problem+json")
    #expect(other.json?["type"] == "urn:beacongate:problem:id-conflict")
    #expect(try stored(gateway) == 2)
    let text = try gateway.exchange("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", onAdmin: true).text
    #expect(text.contains("beacongate_events_duplicate_total 1\n"))
    #expect(text.contains("beacongate_events_rejected_total{reason=\"conflict\"} 1\n"))
    #expect(text.contains("level=\"Error\",stored=\"spool\"} 1\n"))
  }

  @Test("content is the body as it was sent, white space included; an id of ours is never a duplicate")
  func content() throws {
    let gateway = try RunningGateway()
    #expect(try post(gateway, Self.event("a")).status == 202)
    #expect(try post(gateway, Self.event("a") + " ").status == 409)
    for _ in 0..<2 { #expect(try post(gateway, Self.event(nil)).json?["duplicate"] == nil) }
    #expect(try stored(gateway) == 6)
  }

  @Test("an id is one of its domain and program, and the header is the member's equal")
  func names() throws {
    let gateway = try RunningGateway { $0.domains = ["a.example", "b.example"].map { Settings.Domain(name: $0) } }
    let bodies = [
      Self.event("a"), #"{"level":1,"def_name":"f","message":"m","id":"a","program_name":"p"}"#,
      #"{"level":1,"def_name":"f","message":"m","id":"a","domain":"b.example"}"#,
    ]
    for body in bodies { #expect(try post(gateway, body).json?["duplicate"] == nil) }
    for body in bodies { #expect(try post(gateway, body).json?["duplicate"] == true) }
    #expect(try post(gateway, Self.event(nil), key: "k").json?["duplicate"] == nil)
    #expect(try post(gateway, Self.event(nil), key: "k").json?["duplicate"] == true)
    #expect(try post(gateway, Self.event(nil, "other"), key: "k").status == 409)
  }

  @Test("an event that stays local is taken once too", arguments: [0, 99])
  func local(_ level: Int) throws {
    let gateway = try RunningGateway()
    #expect(try post(gateway, Self.event("a", level: level)).json?["duplicate"] == nil)
    let second = try post(gateway, Self.event("a", level: level))
    #expect(second.json?["duplicate"] == true && second.json?["stored"] == "none")
    #expect(try post(gateway, Self.event("a", "other", level: level)).status == 409)
  }

  @Test("of sixteen that are pipelined one is stored")
  func pipelined() throws {
    let gateway = try RunningGateway()
    let connection = try gateway.connect()
    try connection.send(String(repeating: RunningGateway.post(Self.event("a")), count: 16))
    let answers = try (0..<16).map { _ in try connection.readResponse() }
    #expect(answers.allSatisfy { $0.status == 202 })
    #expect(answers.count { $0.json?["duplicate"] == true } == 15)
    #expect(try stored(gateway) == 2)
  }

  @Test("of 64 connections on two loops that send one id at the same moment exactly one is stored, time and again")
  func concurrent() throws {
    let gateway = try RunningGateway()
    let connections = try (0..<64).map { _ in try gateway.connect() }
    for round in 0..<10 {
      // Every fourth has other content.
      for (index, connection) in connections.enumerated() {
        try connection.send(RunningGateway.post(Self.event("r\(round)", index % 4 == 3 ? "other" : "m")))
      }
      let answers = try connections.map { try $0.readResponse() }
      let accepted = answers.filter { $0.status == 202 }
      #expect(accepted.count + answers.count { $0.status == 409 } == 64)
      #expect([16, 48].contains(accepted.count))
      #expect(accepted.count { $0.json?["duplicate"] == nil } == 1)
    }
    #expect(try stored(gateway) == 20)
  }

  @Test("a batch tells how many of its items are duplicates, also of each other, and refuses those with other content")
  func batch() throws {
    let gateway = try RunningGateway()
    #expect(try post(gateway, Self.event("a")).status == 202)
    let answer = try post(
      gateway,
      "[\(Self.event("a")), \(Self.event("b")), \(Self.event("b")), \(Self.event("b", "other")), \(Self.event(nil))]")
    #expect(answer.status == 202 && answer.json?["status"] == "partial" && answer.json?["stored"] == "spool")
    #expect(answer.json?["accepted"] == 4 && answer.json?["duplicates"] == 2 && answer.json?["rejected"] == 1)
    #expect(answer.json?["errors"]?[0]?["index"] == 3 && answer.json?["errors"]?[0]?["status"] == 409)
    #expect(try stored(gateway) == 6)
  }

  @Test("a batch that is sent again with its key is a batch of duplicates, as JSON and as lines")
  func batchAgain() throws {
    let gateway = try RunningGateway()
    let items = (0..<3).map { Self.event(nil, "\($0)") }
    let array = "[\(items.joined(separator: ","))]"
    #expect(try post(gateway, array, key: "k").json?["duplicates"] == nil)
    #expect(try post(gateway, array, key: "k").json?["duplicates"] == 3)
    let lines = try gateway.exchange(
      RunningGateway.post(
        items.joined(separator: "\r\n"), headers: "Content-Type: application/x-ndjson\r\nIdempotency-Key: k\r\n"))
    #expect(lines.json?["duplicates"] == 3 && lines.json?["accepted"] == 3)
    #expect(try post(gateway, "[\(Self.event("x")),\(Self.event("x", "other"))]").json?["accepted"] == 1)
    #expect(try post(gateway, "[\(Self.event("x", "other"))]").status == 422)
    #expect(try stored(gateway) == 8)
  }

  @Test("an id is new again after the window")
  func window() throws {
    let gateway = try RunningGateway { $0.dedupWindow = .milliseconds(200) }
    #expect(try post(gateway, Self.event("a")).json?["duplicate"] == nil)
    #expect(try waitUntil { try post(gateway, Self.event("a", "other")).status == 202 })
  }

  @Test("with a window of 0 nothing is a duplicate, and a reload turns it on")
  func off() throws {
    let gateway = try RunningGateway { $0.dedupWindow = .zero }
    for message in ["m", "m", "other"] {
      #expect(try post(gateway, Self.event("a", message)).json?["duplicate"] == nil)
    }
    #expect(try stored(gateway) == 6)
    var settings = Settings()
    settings.dedupWindow = .seconds(60)
    gateway.application.reload(settings)
    #expect(try waitUntil { try post(gateway, Self.event("a")).json?["duplicate"] == true })
  }

  @Test("duplicates are known after a restart, events without copies included")
  func restart() throws {
    let folder = try TemporaryDirectory()
    let change: (inout Settings) -> Void = { $0.dataDirectory = folder.path + "/data" }
    do {
      let gateway = try RunningGateway(change)
      for body in [Self.event("a"), Self.event("b", level: 0)] { #expect(try post(gateway, body).status == 202) }
    }
    let gateway = try RunningGateway(change)
    #expect(try post(gateway, Self.event("a")).json?["duplicate"] == true)
    #expect(try post(gateway, Self.event("b", level: 0)).json?["duplicate"] == true)
    #expect(try post(gateway, Self.event("a", "other")).status == 409)
    #expect(try stored(gateway) == 2)
  }
}

@Suite("Events that come twice while the first is being stored")
struct DuplicateUnderWayTests {
  private static let event = #"{"level":1,"def_name":"f","message":"m","id":"a"}"#

  @Test("a second one gets the first's outcome: 503 if that failed, after which it is stored; never a false 202")
  func failing() throws {
    let server = try HeldIntake()
    let (first, second) = (try server.send(Self.event), try server.send(Self.event))
    let batch = try server.send("[\(Self.event),\(Self.event.replacing("\"m\"", with: "\"other\""))]")
    #expect(server.queue.wait { $0.count == 1 })
    #expect(throws: (any Error).self) { try second.readResponse(timeout: .milliseconds(200)) }
    // Whichever comes late is refused as well.
    server.queue.isRefusing.withLock { $0 = true }
    server.queue.answer(.unavailable(.unwritable))
    for connection in [first, second, batch] {
      let answer = try connection.readResponse()
      #expect(answer.status == 503 && answer.headers["retry-after"] != nil)
    }
    server.queue.isRefusing.withLock { $0 = false }
    let third = try server.send(Self.event)
    #expect(server.queue.wait { $0.count == 1 })
    let fourth = try server.send(Self.event)
    server.queue.answer(.confirmed)
    let answer = try third.readResponse()
    #expect(answer.status == 202 && answer.json?["duplicate"] == nil)
    #expect(try fourth.readResponse().json?["duplicate"] == true)
    #expect(try server.send(Self.event).readResponse().json?["duplicate"] == true)
  }

  @Test("an event of which one copy is not durable is not remembered")
  func torn() throws {
    let server = try HeldIntake()
    let body = #"{"level":9,"def_name":"f","message":"m","id":"a"}"#
    let first = try server.send(body)
    #expect(server.queue.wait { $0.count == 1 })
    server.queue.answer(.mixed([.confirmed, .unavailable(.full)]))
    #expect(try first.readResponse().status == 503)
    let second = try server.send(body)
    #expect(server.queue.wait { $0.count == 1 })
    server.queue.answer(.confirmed)
    #expect(try second.readResponse().json?["duplicate"] == nil)
  }
}

/// Intake over a queue that answers when it is told to.
private final class HeldIntake {
  let queue = HeldQueue()
  private let intake: Intake
  private let port: UInt16

  init() throws {
    var settings = Settings()
    settings.http.listen = [.tcp(host: "127.0.0.1", port: 0)]
    settings.admin.listen = []
    let bound = try Intake.Bound(settings)
    port = UInt16(bound.addresses[0].address.split(separator: ":").last ?? "") ?? 0
    intake = try Intake(
      bound, settings: settings, queue: queue, console: .off, metrics: Metrics(domains: ["localhost"], loops: 2),
      heartbeats: [Heartbeat(), Heartbeat()],
      pages: { _, _ in Page(status: .ok, mediaType: .health, body: []) }, deadPages: { _, _ in })
  }

  deinit { intake.close() }

  func send(_ body: String) throws -> RawHTTPConnection {
    let connection = try RawHTTPConnection(port: port)
    try connection.send(RunningGateway.post(body))
    return connection
  }
}

private final class HeldQueue: Queue {
  typealias Held = [@Sendable (StoreOutcome) -> Void]
  private let held = Monitor(Held())
  /// What comes is refused at once.
  let isRefusing = Mutex(false)

  func wait(until condition: (Held) -> Bool) -> Bool { held.wait(timeout: .seconds(10), until: condition) }

  func answer(_ outcome: StoreOutcome) {
    let waiting = held.change { held in
      defer { held = [] }
      return held
    }
    for completion in waiting { completion(outcome) }
  }

  func store(_ batch: CopyBatch, completion: @escaping @Sendable (StoreOutcome) -> Void) {
    if isRefusing.withLock({ $0 }) { return completion(.unavailable(.unwritable)) }
    held.change { $0.append(completion) }
  }

  func storeLocally(_ batch: CopyBatch, completion: @escaping @Sendable (StoreOutcome) -> Void) {}
  func consume(
    _ name: QueueName, prefetch: Int, mode: ConsumeMode, receive: @escaping @Sendable ([Delivery]) -> Void
  ) {}
  func cancel(_ name: QueueName) {}
  func settle(_ name: QueueName, _ settlements: [(tag: UInt64, settlement: Settlement)]) {}
  func release(_ name: QueueName, lane: String) {}
  func figures(_ name: QueueName) -> QueueFigures { QueueFigures() }
}
