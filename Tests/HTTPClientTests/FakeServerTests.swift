import Fakes
import Testing

/// The fakes keep to the protocol themselves.
@Suite struct FakeServerTests {
  @Test("pipelined requests, chunked and with a length, are recorded in order and answered in order")
  func pipelining() throws {
    let server = try FakeHTTPServer { FakeResponse(text: "\($0.path) \($0.text)") }
    let connection = try RawHTTPConnection(port: server.port)
    try connection.send(
      "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\noneGET /b HTTP/1.1\r\nHost: x\r\n\r\n"
        + "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n3\r\ncde\r\n0\r\nT: 1\r\n\r\n"
    )
    #expect(try (0..<3).map { _ in try connection.readResponse().text } == ["/a one", "/b ", "/c abcde"])
    #expect(server.requests.map(\.connection) == [0, 0, 0])
    #expect(server.requests[0].arrival <= server.requests[2].arrival)
    connection.closeWrite()
    #expect(connection.isClosedByPeer())
  }

  @Test("stop closes connections in the middle of a hang or a delay, and joins")
  func stop() throws {
    let server = try FakeHTTPServer { $0.path == "/hang" ? .hang : FakeResponse().delayed(.seconds(600)) }
    let connections = try ["/hang", "/delay"].map { path in
      let connection = try RawHTTPConnection(port: server.port)
      try connection.send("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
      return connection
    }
    #expect(server.waitForRequests(2))
    server.stop()
    for connection in connections { #expect(connection.isClosedByPeer()) }
    #expect(server.openConnections == 0)
  }

  @Test("LogBeacon takes an event with its key only, and a renewed key replaces it")
  func logBeacon() throws {
    let beacon = try FakeLogBeacon()
    let pair = FakeLogBeacon.Pair(domain: "d", program: "p")
    func post(_ id: String, _ key: String) throws -> RawHTTPConnection.Response {
      let connection = try RawHTTPConnection(port: beacon.server.port)
      let body = #"{"domain":"d","program_name":"p","id":"\#(id)"}"#
      try connection.send(
        "POST /log/ HTTP/1.1\r\nHost: x\r\nX-API-Key: \(key)\r\nIdempotency-Key: \(id)\r\n"
          + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
      return try connection.readResponse()
    }
    beacon.requireKey("old", of: pair)
    #expect(try post("1", "wrong").status == 401)
    beacon.renewKey("new", of: pair, in: .field("data.api_key"))
    #expect(try post("2", "old").json?["data"]?["api_key"] == "new")
    #expect(try post("3", "old").status == 401)
    beacon.renewKey("newer", of: pair, onUnauthorized: true)
    let refused = try post("4", "new")
    #expect(refused.status == 401)
    #expect(refused.headers["x-new-api-key"] == "newer")
    beacon.renewKey("newest", of: pair, in: .header)
    #expect(try post("5", "newer").headers["x-new-api-key"] == "newest")
    #expect(try post("6", "newer").status == 401)
    beacon.failNext(with: .init(FakeResponse(status: 500)))
    #expect(try post("6", "newest").status == 500)
    #expect(try post("6", "newest").status == 200)
    beacon.failNext(with: .init(.closeWithoutAnswer, takesEvent: true))
    #expect(throws: (any Error).self) { try post("6", "newest") }
    #expect(beacon.waitForAccepted(4))
    #expect(beacon.accepted.map(\.id) == ["2", "5", "6", "6"])
    #expect(beacon.duplicateIDs == ["6"])
  }

  @Test("a child's exit, its signal and its output are seen")
  func children() throws {
    let folder = try TemporaryDirectory()
    func start(_ script: String) throws -> ChildProcess {
      try ChildProcess(
        "/bin/sh", arguments: ["-c", script], environment: ["WORD": "hello"],
        output: folder.file("out"), errors: folder.file("err"))
    }
    #expect(try start("echo $WORD; echo oops >&2; exit 69").wait() == .code(69))
    #expect(folder.read("out") == "hello\n")
    #expect(folder.read("err") == "oops\n")
    let child = try start("exec cat /dev/zero > /dev/null")
    #expect(child.isRunning)
    child.kill(15)
    #expect(child.wait() == .signal(15))
  }
}
