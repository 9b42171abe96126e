import Fakes
import Platform
import Testing

@Suite("Listeners that were passed") struct SocketActivationTests {
  /// A client that sends one event after another: on connections of their own, or on one as long as it lasts.
  private final class Client: Sendable {
    struct Record: Sendable {
      var taken = 0
      var refused: [String] = []
    }

    private let record = Monitor(Record())
    private let isEnding = Monitor(false)
    private let port: UInt16
    private let keepsAlive: Bool

    init(port: UInt16, keepsAlive: Bool) {
      self.port = port
      self.keepsAlive = keepsAlive
    }

    var taken: Int { record.value.taken }

    func start() -> NamedThread { NamedThread("client") { [self] in run() } }

    func end() -> [String] {
      isEnding.change { $0 = true }
      return record.value.refused
    }

    private func run() {
      var connection: RawHTTPConnection?
      while !isEnding.value {
        let isFresh = connection == nil
        do {
          let open = try connection ?? RawHTTPConnection(port: port)
          try open.send(request)
          let response = try open.readResponse(timeout: .seconds(30))
          record.change {
            if response.status == 202 { $0.taken += 1 } else { $0.refused.append("\(response.status)") }
          }
          connection = response.headers["connection"] == "close" ? nil : open
        } catch {
          // One that was idle may be closed at any time; the client then sends on a new one (RFC 9112 §9.3.1).
          if isFresh { record.change { $0.refused.append("\(error)") } }
          connection = nil
        }
      }
    }

    private var request: String {
      let event = #"{"level":1,"def_name":"f","message":"m"}"#
      return "POST /log HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        + "\(keepsAlive ? "" : "Connection: close\r\n")Content-Length: \(event.utf8.count)\r\n\r\n\(event)"
    }
  }

  @Test("restarts under load refuse nobody")
  func restarts() throws {
    let gateway = try ActivatedGateway()
    let clients = [true, true, false, false].map { Client(port: gateway.port, keepsAlive: $0) }
    let threads = clients.map { $0.start() }
    defer { threads.forEach { $0.join() } }
    for _ in 0..<3 {
      let before = clients.map(\.taken)
      #expect(waitUntil(timeout: .seconds(30)) { zip(clients, before).allSatisfy { $0.taken > $1 + 10 } })
      #expect(try gateway.replace() == .code(0))
    }
    let before = clients.map(\.taken)
    #expect(waitUntil(timeout: .seconds(30)) { zip(clients, before).allSatisfy { $0.taken > $1 + 10 } })
    for client in clients { #expect(client.end() == []) }
  }

  @Test("the names choose what a socket is for")
  func names() throws {
    let gateway = try ActivatedGateway()
    let metrics = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    // Both wait in the backlog until the process is there.
    for (port, status) in [(gateway.port, 404), (gateway.adminPort, 200)] {
      let connection = try RawHTTPConnection(port: port)
      try connection.send(metrics)
      #expect(try connection.readResponse(timeout: .seconds(30)).status == status)
    }
  }

  @Test("a name that is neither ends the start with 78 and a line that says what to write")
  func wrongName() throws {
    let gateway = try ActivatedGateway(names: "intake:beacongate.socket")
    #expect(gateway.child.wait() == .code(78))
    #expect(gateway.standardError.contains("LISTEN_FDNAMES: the name of socket 2 is neither intake nor admin"))
  }

  @Test("a live process on the same Unix socket is exit 75, and a dead one's file is taken over")
  func unixSocket() throws {
    let folder = try TemporaryDirectory()
    let listen = ["BEACONGATE_HTTP_LISTEN": "unix:\(folder.file("events"))"]
    func start() throws -> GatewayProcess { try GatewayProcess(environment: listen) }
    func isUp(_ gateway: GatewayProcess) -> Bool {
      waitUntil(timeout: .seconds(20)) { (try? gateway.request("GET", "/health", onAdmin: true).status) == 200 }
    }
    let first = try start()
    #expect(isUp(first))
    let second = try start()
    #expect(second.wait() == .code(75))
    #expect(second.standardError.contains("http.listen"))
    first.kill(9)
    _ = first.wait()
    #expect(isUp(try start()))
  }
}
