import Core
import Fakes
import Platform
import Synchronization

/// Clients as docs/deploying.md tells them to be: what is not answered 2xx is sent again under the same id.
final class FleetLoad: Sendable {
  struct Results: Sendable {
    /// What was answered 202.
    var accepted: Set<FleetEvent> = []
    /// Everything that was sent, answered or not.
    var sent: Set<FleetEvent> = []
    /// Answers other than 202, and requests without one (0), by status.
    var failures: [Int: Int] = [:]
  }

  private let shared = Shared()
  private let threads: [NamedThread]

  /// Client `c` sends events `0..<eventsEach` to `port`, each at most `attempts` times, over one kept connection, and
  /// rests for `pause` after each.
  init(port: UInt16, clients: Int, eventsEach: Int, attempts: Int = 400, pause: Duration = .zero) {
    let shared = self.shared
    threads = (0..<clients).map { client in
      NamedThread("client-\(client)") {
        var line: RawHTTPConnection?
        for number in 0..<eventsEach where !shared.isStopped.load(ordering: .relaxed) {
          let event = FleetEvent(client: client, number: number)
          shared.results.withLock { _ = $0.sent.insert(event) }
          for _ in 0..<attempts {
            let answer = Self.send(event, port, &line)
            shared.note(event, answer?.status)
            if answer?.status == 202 { break }
            _ = waitUntil(timeout: .milliseconds(50)) { false }
          }
          if pause > .zero { _ = waitUntil(timeout: pause) { false } }
        }
      }
    }
  }

  var results: Results { shared.results.withLock { $0 } }

  /// False when fewer than `count` more events are accepted within a minute.
  func goesOn(for count: Int) async -> Bool {
    let shared = self.shared
    return await aside {
      let goal = shared.results.withLock { $0.accepted.count } + count
      return waitUntil(timeout: .seconds(60)) { shared.results.withLock { $0.accepted.count >= goal } }
    }
  }

  /// Every client ends after the event that it is at.
  func stop() { shared.isStopped.store(true, ordering: .relaxed) }

  /// Waits for the clients. Call once.
  func join() -> Results {
    for thread in threads { thread.join() }
    return results
  }

  private static func send(_ event: FleetEvent, _ port: UInt16, _ line: inout RawHTTPConnection?)
    -> RawHTTPConnection.Response?
  {
    guard let connection = line ?? (try? RawHTTPConnection(port: port)) else { return nil }
    let body = String(decoding: event.json.bytes, as: UTF8.self)
    let answer = try? { () throws in
      try connection.send(
        "POST /log HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
      return try connection.readResponse()
    }()
    line = answer == nil || answer?.headers["connection"] == "close" ? nil : connection
    return answer
  }

  private final class Shared: Sendable {
    let results = Mutex(Results())
    let isStopped = Atomic(false)

    func note(_ event: FleetEvent, _ status: Int?) {
      results.withLock { results in
        if status == 202 {
          results.accepted.insert(event)
        } else {
          results.failures[status ?? 0, default: 0] += 1
        }
      }
    }
  }
}

/// An event that can be told from every other and from one that was altered on its way.
struct FleetEvent: Sendable, Hashable {
  let client: Int
  let number: Int

  var id: String { "fleet-\(client)-\(number)" }
  /// Few go to the chats, since each takes one message a second.
  var isForEveryone: Bool { client == 0 && number < 400 && number % 100 == 0 }
  var message: String { "事件 \(id) 「\\\"\u{1F600}」" }
  var extra: String { String(repeating: "\(id);", count: 1 + number % 40) }

  var json: JSONValue {
    [
      "id": .string(id), "level": .int(isForEveryone ? 91 : 1), "def_name": "fleet", "message": .string(message),
      "extra_info": .string(extra), "hash_value": .string("h\(number)"), "timestamp": "2025-01-15T10:30:00Z",
    ]
  }

  /// True when `other` is what LogBeacon has to get of this.
  func matches(_ other: JSONValue) -> Bool {
    let same = ["id", "level", "def_name", "message", "extra_info", "hash_value"].allSatisfy { other[$0] == json[$0] }
    return same && other["domain"] == "shop.example" && other["program_name"] == "default"
  }
}
