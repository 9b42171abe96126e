import Core

/// Messages and what must come of them. Every table is also run cut at every byte.
enum Messages {
  static let accepted: [(text: String, outcomes: [Outcome])] = [
    ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", [get("/")]),
    ("GET /a/b?c=d&e HTTP/1.1\r\nHost: a\r\n\r\n", [get("/a/b?c=d&e")]),
    ("GET /? HTTP/1.1\r\nHost: a\r\n\r\n", [get("/?")]),
    ("GET /%41%fF?%20/?:@ HTTP/1.1\r\nHost: a\r\n\r\n", [get("/%41%fF?%20/?:@")]),
    ("GET / HTTP/1.2\r\nHost: a\r\n\r\n", [get("/")]),
    ("GET / HTTP/1.1\r\nhOST:a\r\n\r\n", [get("/")]),
    ("GET / HTTP/1.1\r\nHost:\r\n\r\n", [get("/")]),
    ("GET / HTTP/1.1\r\nHost: \t a:80 \t\r\nX: \u{80}\u{ff}\t~\r\nY:\r\nZ: \r\n\r\n", [get("/")]),
    ("GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", [get("/")]),
    ("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", [get("/")]),
    ("FOO / HTTP/1.1\r\nHost: a\r\n\r\n", [request("? /")]),
    ("get / HTTP/1.1\r\nHost: a\r\n\r\n", [request("? /")]),
    ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", [request("OPTIONS *")]),
    ("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", [request("HEAD /")]),
    // Absolute form, which must agree with Host.
    ("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", [get("/")]),
    ("GET http://a?x HTTP/1.1\r\nHost: a\r\n\r\n", [get("/?x")]),
    ("GET HTTP://A:80/log HTTP/1.1\r\nHost: a\r\n\r\n", [get("/log")]),
    ("GET https://a/log HTTP/1.1\r\nHost: a:443\r\n\r\n", [get("/log")]),
    ("GET http://a:8080/log?q HTTP/1.1\r\nHost: a:8080\r\n\r\n", [get("/log?q")]),
    ("GET http://a/ HTTP/1.0\r\n\r\n", [get("/", keepAlive: false)]),
    // Persistence.
    ("GET / HTTP/1.0\r\n\r\n", [get("/", keepAlive: false)]),
    ("GET / HTTP/1.0\r\nConnection: foo,, Keep-Alive ,\r\n\r\n", [get("/")]),
    ("GET / HTTP/1.1\r\nHost: a\r\nConnection: x\r\nConnection: CLOSE\r\n\r\n", [get("/", keepAlive: false)]),
    ("Upgrade: websocket\r\nConnection: upgrade".asHeader, [get("/")]),
    // HTTP/2 is there without an upgrade (RFC 9113 §3.1 has done away with it).
    ("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA".asHeader, [get("/")]),
    ("GET / HTTP/1.0\r\nUpgrade: h2c\r\nExpect: more\r\n\r\n", [get("/", keepAlive: false)]),
    // Content-Length.
    ("POST /log HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", [post("hello")]),
    ("POST /log HTTP/1.1\r\nHost: a\r\ncontent-length:\t005 \r\n\r\nhello", [post("hello")]),
    ("POST /log HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", [post("")]),
    ("POST /log HTTP/1.1\r\nHost: a\r\n\r\n", [post("")]),
    ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", [get("/", body: "abc")]),
    // Names that only resemble those which frame a body.
    ("ransfer-encoding: chunked\r\nxransfer-encoding: chunked".asHeader, [get("/")]),
    ("Content-Lengths: 5\r\nContent-Lengt: 5\r\nontent-length: 5\r\nContent_Length: 5".asHeader, [get("/")]),
    // Chunks.
    ("0\r\n\r\n".asChunks, [post("")]),
    ("5\r\nhello\r\n0\r\n\r\n".asChunks, [post("hello")]),
    ("1\r\nh\r\n0004\r\nello\r\n000\r\n\r\n".asChunks, [post("hello")]),
    ("A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n".asChunks, [post("01234567890123456789")]),
    ("5;a=b;c=\"d \t\u{e9}\"\r\nhello\r\n0;z\r\n\r\n".asChunks, [post("hello")]),
    ("2\r\n\r\n\r\n0\r\nContent-Length: 9\r\nX:\r\n\r\n".asChunks, [post("\r\n")]),
    (
      "POST /log HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:CHUNKED\r\n\r\n1\r\nx\r\n0\r\n\r\n",
      [post("x")]
    ),
    // Several messages in one piece.
    (
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n\r\nPOST /log HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"
        + "3\r\nabc\r\n0\r\n\r\n".asChunks + "2\r\nde\r\n0\r\nT: v\r\n\r\n".asChunks
        + "HEAD / HTTP/1.1\r\nHost: b\r\n\r\n",
      [get("/1"), post("hi"), post("abc"), post("de"), request("HEAD /")]
    ),
  ]

  static func request(_ line: String, keepAlive: Bool = true, body: String = "") -> Outcome {
    .request(line: line, keepAlive: keepAlive, body: body)
  }

  static func get(_ target: String, keepAlive: Bool = true, body: String = "") -> Outcome {
    request("GET \(target)", keepAlive: keepAlive, body: body)
  }

  static func post(_ body: String) -> Outcome {
    request("POST /log", body: body)
  }
}
