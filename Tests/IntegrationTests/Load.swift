import Fakes
import Platform
import Synchronization

/// Clients that send numbered events as fast as they are answered, each over one keep-alive connection.
final class Load: Sendable {
  private struct Results {
    var accepted: Set<String> = []
    var refused: Set<Int> = []
    var unanswered = 0
  }

  private let results: Shared
  private let threads: [NamedThread]

  /// Every client stops after `eventsEach` events, or when its connection ends.
  init(_ gateway: GatewayProcess, clients: Int, eventsEach: Int, prefix: String) {
    let results = Shared()
    self.results = results
    let port = gateway.port
    threads = (0..<clients).map { client in
      NamedThread("client-\(client)") {
        guard let connection = try? RawHTTPConnection(port: port) else { return }
        var isOpen = true
        for event in 0..<eventsEach where isOpen {
          let id = "\(prefix)-\(client)-\(event)"
          let answer = Self.send(id, on: connection)
          results.note(id, answer)
          isOpen = answer?.headers["connection"] != "close" && answer != nil
        }
      }
    }
  }

  var acceptedCount: Int { results.value.withLock { $0.accepted.count } }
  /// Statuses other than 202.
  var refused: Set<Int> { results.value.withLock { $0.refused } }
  /// Requests that were sent and got no answer.
  var unanswered: Int { results.value.withLock { $0.unanswered } }

  /// Waits for the clients; returns the ids that were answered 202. Call once.
  func join() -> Set<String> {
    for thread in threads { thread.join() }
    return results.value.withLock { $0.accepted }
  }

  private static func send(_ id: String, on connection: RawHTTPConnection) -> RawHTTPConnection.Response? {
    let body = #"{"id":"\#(id)","level":1,"def_name":"load","message":"event \#(id)"}"#
    let head = "POST /log HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
    return try? { () throws in
      try connection.send(head + body)
      return try connection.readResponse()
    }()
  }

  private final class Shared: Sendable {
    let value = Mutex(Results())

    func note(_ id: String, _ answer: RawHTTPConnection.Response?) {
      value.withLock { results in
        switch answer?.status {
        case nil: results.unanswered += 1
        case 202: results.accepted.insert(id)
        case .some(let status): results.refused.insert(status)
        }
      }
    }
  }
}
