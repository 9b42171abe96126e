import Core
import Fakes
import Testing

@Suite("The limits of a request over a socket") struct RequestLimitTests {
  private static let event = RunningGateway.event
  private static let chunkedHead = "POST /log HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

  /// A limit, and a request that measures as much as it is told to.
  struct Limit: Sendable, CustomTestStringConvertible {
    let name: String
    let limit: Int
    let taken: Int
    let refused: Int
    let request: @Sendable (Int) -> String

    var testDescription: String { name }
  }

  private static func padded(_ count: Int) -> String { event + String(repeating: " ", count: count - event.utf8.count) }

  private static func chunk(_ text: some StringProtocol) -> String {
    "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n"
  }

  static let limits = [
    Limit(name: "http.max_header_bytes", limit: 700, taken: 200, refused: 431) { count in
      let fixed = "GET /health HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n".utf8.count
      return "GET /health HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: count - fixed))\r\n\r\n"
    },
    Limit(name: "http.max_headers", limit: 10, taken: 200, refused: 431) { count in
      "GET /health HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: count - 1) + "\r\n"
    },
    Limit(name: "http.max_body_bytes with a length", limit: 200, taken: 202, refused: 413) {
      RunningGateway.post(padded($0))
    },
    Limit(name: "http.max_body_bytes in two chunks", limit: 200, taken: 202, refused: 413) { count in
      let body = padded(count)
      return chunkedHead + chunk(body.prefix(100)) + chunk(body.dropFirst(100)) + "0\r\n\r\n"
    },
    Limit(name: "bytes of a target", limit: HTTPLimits().maxTargetBytes, taken: 431, refused: 414) { count in
      "GET /\(String(repeating: "x", count: count - 1)) HTTP/1.1\r\nHost: a\r\n\r\n"
    },
    Limit(name: "bytes of trailers", limit: HTTPLimits().maxTrailerBytes, taken: 202, refused: 431) { count in
      chunkedHead + chunk(event) + "0\r\nX: \(String(repeating: "x", count: count - 7))\r\n\r\n"
    },
    Limit(name: "bytes of chunk extensions", limit: HTTPLimits().maxChunkExtensionBytes, taken: 202, refused: 400) {
      chunkedHead + chunk(event) + "0;\(String(repeating: "x", count: $0))\r\n\r\n"
    },
  ]

  @Test("each takes as much as it says and not one more, which closes", arguments: limits)
  func limit(_ limit: Limit) throws {
    let gateway = try RunningGateway {
      $0.http.maxHeaderBytes = 700
      $0.http.maxHeaders = 10
      $0.http.maxBodyBytes = 200
    }
    let cases = [(limit.limit - 1, limit.taken), (limit.limit, limit.taken), (limit.limit + 1, limit.refused)]
    for (count, status) in cases {
      let connection = try gateway.connect()
      try connection.send(limit.request(count))
      #expect(try connection.readResponse().status == status, "\(count)")
      if status >= 400 { #expect(connection.isClosedByPeer(), "\(count)") }
    }
  }

  @Test("a client that waits to be asked for its body hears 503 at once while the process drains")
  func expectationWhileDraining() throws {
    let gateway = try RunningGateway()
    let connection = try gateway.connect()
    // Half a head keeps the connection, however far the process has come with stopping.
    try connection.send("POST /log HTTP/1.1\r\nHost: a\r\nContent-Length: 41\r\nExpect: 100-continue\r\n")
    gateway.beginStop()
    let deadline = ContinuousClock.now + .seconds(10)
    // Once its listeners are closed it is refusing, too.
    while ContinuousClock.now < deadline,
      let response = try? gateway.exchange(RunningGateway.post(Self.event)), response.status != 503
    {}
    try connection.send("\r\n")
    let response = try connection.readResponse()
    #expect(response.status == 503)
    #expect(response.headers["retry-after"] != nil)
    #expect(response.headers["connection"] == "close")
    #expect(connection.isClosedByPeer())
  }

  @Test("a client that waits to be asked for its body hears 503 at once where memory has no room for it")
  func expectationWithoutRoom() throws {
    let gateway = try RunningGateway { $0.http.maxBufferedBytes = 1000 }
    let connection = try gateway.connect()
    try connection.send("POST /log HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n")
    #expect(try connection.readResponse().status == 503)
    #expect(connection.isClosedByPeer())
  }
}
