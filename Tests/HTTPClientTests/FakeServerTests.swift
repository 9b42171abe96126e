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
    beacon.failNext(with: .init(FakeResponse(status: 500)))
    #expect(try post("4", "newer").status == 500)
    #expect(try post("4", "newer").status == 200)
    beacon.failNext(with: .init(.closeWithoutAnswer, takesEvent: true))
    #expect(throws: (any Error).self) { try post("4", "newer") }
    #expect(beacon.waitForAccepted(3))
    #expect(beacon.accepted.map(\.id) == ["2", "4", "4"])
    #expect(beacon.duplicateIDs == ["4"])
  }

  @Test("Telegram answers as the real one does")
  func telegram() throws {
    let telegram = try FakeTelegram()
    func send(_ text: String, chat: JSONValue = -100, token: String? = nil) throws -> RawHTTPConnection.Response {
      let connection = try RawHTTPConnection(port: telegram.server.port)
      let body = (["chat_id": chat, "text": .string(text)] as JSONValue).bytes
      try connection.send(
        "POST /bot\(token ?? telegram.token)/sendMessage HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.count)\r\n\r\n")
      try connection.send(body)
      return try connection.readResponse()
    }
    let sent = try #require(try send("hello").json)
    #expect(sent["ok"] == true)
    #expect(sent["result"]?["chat"]?["id"] == -100)
    #expect(sent["result"]?["message_id"] == 1)
    #expect(try send("x", token: "1:bad").json?["error_code"] == 401)
    #expect(try send("").json?["description"] == "Bad Request: message text is empty")
    #expect(try send(String(repeating: "😀", count: 2048)).status == 200)
    #expect(
      try send(String(repeating: "😀", count: 2048) + "x").json?["description"] == "Bad Request: message is too long")
    telegram.failNext(with: .tooManyRequests(retryAfter: 60))
    let limited = try send("x")
    #expect(limited.status == 429)
    #expect(limited.json?["parameters"]?["retry_after"] == 60)
    #expect(telegram.violations == 0)
    telegram.fail(chat: "-100", with: .migrated(to: -1001))
    #expect(try send("x").json?["parameters"]?["migrate_to_chat_id"] == -1001)
    #expect(telegram.violations == 1)
    telegram.limit(1, per: .seconds(60))
    #expect(try ["a", "b"].map { try send($0, chat: "@c").status } == [200, 429])
    #expect(telegram.sent.map(\.chat) == ["-100", "-100", "@c"])
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
