import Testing

/// A request at the edge of what RFC 9112 and RFC 9110 allow, as it may come from anybody, and all that may become of it.
struct HostileRequest: Sendable, CustomTestStringConvertible {
  /// The clause that decides it.
  let clause: String
  let bytes: String
  /// The answers that the clause leaves.
  let allowed: Set<Int>
  /// Nothing behind it is answered, and the connection closes.
  let mustClose: Bool
  /// How many events of it may be stored.
  let published: Int

  var testDescription: String { clause }

  /// One that is refused: it closes the connection, and nothing of it is published.
  init(_ clause: String, _ bytes: String, _ allowed: Int...) {
    self.init(clause, bytes, allowed: Set(allowed), mustClose: true, published: 0)
  }

  private init(_ clause: String, _ bytes: String, allowed: Set<Int>, mustClose: Bool, published: Int) {
    self.clause = clause
    self.bytes = bytes
    self.allowed = allowed
    self.mustClose = mustClose
    self.published = published
  }

  /// One that looks odd, but is taken, and leaves the connection as it was.
  static func taken(_ clause: String, _ bytes: String, _ status: Int = 202) -> HostileRequest {
    HostileRequest(clause, bytes, allowed: [status], mustClose: false, published: status == 202 ? 1 : 0)
  }

  /// One that is taken, and is the last of its connection.
  private static func last(_ clause: String, _ bytes: String, _ status: Int = 202) -> HostileRequest {
    HostileRequest(clause, bytes, allowed: [status], mustClose: true, published: status == 202 ? 1 : 0)
  }

  static let event = RunningGateway.event
  static let size = String(event.utf8.count, radix: 16)
  static let length = "Content-Length: \(event.utf8.count)\r\n"

  /// A `POST /log` with these fields behind Host and the type, and this body.
  static func post(_ fields: String, _ body: String = event, line: String = "POST /log HTTP/1.1") -> String {
    "\(line)\r\nHost: a\r\nContent-Type: application/json\r\n\(fields)\r\n\(body)"
  }

  static func chunked(_ body: String) -> String { post("Transfer-Encoding: chunked\r\n", body) }

  static let table = lines + targets + fields + framing + chunks + harmless + published

  private static let lines = [
    HostileRequest("RFC 9112 §2.2: LF behind the request line", post(length, line: "POST /log HTTP/1.1\nX: y"), 400),
    HostileRequest("RFC 9112 §2.2: CR inside the request line", post(length, line: "POST /log\rHTTP/1.1"), 400),
    HostileRequest("RFC 9112 §2.2: LF before the request line", "\n" + post(length), 400),
    HostileRequest("RFC 9112 §2.2: more empty lines than two", "\r\n\r\n\r\n" + post(length), 400),
    HostileRequest("RFC 9112 §2.2: a blank behind the request line", post(" X: y\r\n\(length)"), 400),
    HostileRequest("RFC 9112 §3: two blanks", post(length, line: "POST  /log HTTP/1.1"), 400),
    HostileRequest("RFC 9112 §3: a tab", post(length, line: "POST\t/log HTTP/1.1"), 400),
    HostileRequest("RFC 9112 §3: no version", post(length, line: "POST /log"), 400),
    HostileRequest("RFC 9112 §2.3: a version in lower case", post(length, line: "POST /log http/1.1"), 400),
    HostileRequest("RFC 9112 §2.3: a version of two digits", post(length, line: "POST /log HTTP/1.10"), 400),
    HostileRequest("RFC 9110 §2.5: another major version", post(length, line: "POST /log HTTP/2.0"), 505),
    HostileRequest("RFC 9110 §5.6.2: a method that is no token", post(length, line: "PO(ST /log HTTP/1.1"), 400),
    HostileRequest("RFC 9110 §9.3.6: CONNECT", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 400, 405, 501),
    HostileRequest("no HTTP at all: TLS", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}", 400),
    HostileRequest("no HTTP at all: JSON", event, 400),
  ]

  private static let targets = [
    HostileRequest("RFC 9112 §3.2: a fragment", post(length, line: "POST /log#x HTTP/1.1"), 400),
    HostileRequest("RFC 9112 §3.2: no slash", post(length, line: "POST log HTTP/1.1"), 400),
    HostileRequest("RFC 9112 §3.2.3: authority form", post(length, line: "POST a:80 HTTP/1.1"), 400),
    HostileRequest("RFC 9112 §3.2.4: asterisk form of a POST", post(length, line: "POST * HTTP/1.1"), 400),
    HostileRequest("RFC 9112 §3.2.2: absolute form, other host", post(length, line: "POST http://b/log HTTP/1.1"), 400),
    HostileRequest(
      "RFC 9112 §3.2.2: absolute form, other port", post(length, line: "POST http://a:8/log HTTP/1.1"), 400),
    HostileRequest("RFC 9110 §4.2.1: an empty host", post(length, line: "POST http:///log HTTP/1.1"), 400),
    HostileRequest("RFC 9110 §4.2.4: user information", post(length, line: "POST http://u@a/log HTTP/1.1"), 400),
    HostileRequest("RFC 3986 §2.1: half an encoded byte", post(length, line: "POST /log%4 HTTP/1.1"), 400),
    HostileRequest("RFC 3986 §2: a control byte", post(length, line: "POST /log\u{7f} HTTP/1.1"), 400),
    HostileRequest("RFC 3986 §2: a byte beyond ASCII", post(length, line: "POST /log\u{e9} HTTP/1.1"), 400),
  ]

  private static let fields = [
    HostileRequest("RFC 9112 §2.2: LF behind a field", post("X: y\n\(length)"), 400),
    HostileRequest("RFC 9112 §2.2: LF for the empty line", "POST /log HTTP/1.1\r\nHost: a\r\n\(length)\n\(event)", 400),
    HostileRequest("RFC 9112 §5.2: obs-fold", post("X: y\r\n z\r\n\(length)"), 400),
    HostileRequest(
      "RFC 9112 §5.2: obs-fold that hides a framing", post("X: y\r\n\tTransfer-Encoding: chunked\r\n\(length)"), 400),
    HostileRequest("RFC 9112 §5.1: a blank before the colon", post("Content-Length : \(event.utf8.count)\r\n"), 400),
    HostileRequest("RFC 9112 §5.1: a tab before the colon", post("Transfer-Encoding\t: chunked\r\n", "0\r\n\r\n"), 400),
    HostileRequest("RFC 9110 §5.1: an empty name", post(": x\r\n\(length)"), 400),
    HostileRequest("RFC 9110 §5.1: no colon", post("X\r\n\(length)"), 400),
    HostileRequest("RFC 9110 §5.1: a name with a NUL", post("Content-\0Length: 0\r\n\(length)"), 400),
    HostileRequest("RFC 9110 §5.5: NUL in a value", post("X: a\0b\r\n\(length)"), 400),
    HostileRequest("RFC 9110 §5.5: CR in a value", post("X: a\rb\r\n\(length)"), 400),
    HostileRequest("RFC 9110 §5.5: ESC in a value", post("X: \u{1b}[31m\r\n\(length)"), 400),
    HostileRequest("RFC 9112 §3.2: no Host", "POST /log HTTP/1.1\r\n\(length)\r\n\(event)", 400),
    HostileRequest("RFC 9112 §3.2: two Hosts", post("Host: a\r\n\(length)"), 400),
    HostileRequest(
      "RFC 9112 §3.2: a Host that is none", "POST /log HTTP/1.1\r\nHost: a b\r\n\(length)\r\n\(event)", 400),
    HostileRequest("RFC 9110 §5.3: two tokens", post("Authorization: a\r\nAuthorization: b\r\n\(length)"), 400),
    HostileRequest("RFC 9110 §10.1.1: another expectation", post("Expect: tea\r\n\(length)"), 417),
  ]

  private static let framing = [
    HostileRequest(
      "RFC 9112 §6.1: length, then coding", post("\(length)Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400),
    HostileRequest(
      "RFC 9112 §6.1: coding, then length", post("Transfer-Encoding: chunked\r\n\(length)", "0\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §6.3: two lengths", post("\(length)Content-Length: 1\r\n"), 400),
    HostileRequest("RFC 9112 §6.3: a list of lengths", post("Content-Length: 1, 1\r\n"), 400),
    HostileRequest("RFC 9110 §8.6: an empty length", post("Content-Length:\r\n"), 400),
    HostileRequest("RFC 9110 §8.6: a signed length", post("Content-Length: +1\r\n"), 400),
    HostileRequest("RFC 9110 §8.6: a negative length", post("Content-Length: -1\r\n"), 400),
    HostileRequest("RFC 9110 §8.6: a blank in a length", post("Content-Length: 4 1\r\n"), 400),
    HostileRequest("RFC 9110 §8.6: a hexadecimal length", post("Content-Length: 0x29\r\n"), 400),
    HostileRequest(
      "RFC 9110 §8.6: a length beyond 64 bits", post("Content-Length: 18446744073709551657\r\n"), 400, 413),
    HostileRequest("RFC 9112 §6.1: chunked twice", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), 400),
    HostileRequest(
      "RFC 9112 §6.1: chunked in two fields",
      post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §6.1: an unknown coding", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 400, 501),
    HostileRequest("RFC 9112 §6.1: gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501),
    HostileRequest(
      "RFC 9112 §6.1: chunked is not last", post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §6.1: a quoted coding", post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §6.1: a parameter", post("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §6.1: a vertical tab", post("Transfer-Encoding: \u{b}chunked\r\n", "0\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §6.1: an empty coding", post("Transfer-Encoding:\r\n", "0\r\n\r\n"), 400),
    HostileRequest(
      "RFC 9112 §6.1: chunks in HTTP/1.0",
      post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n", line: "POST /log HTTP/1.0"), 400),
  ]

  private static let chunks = [
    HostileRequest("RFC 9112 §7.1: no size", chunked("\r\n\(event)\r\n0\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §7.1: a signed size", chunked("+1\r\n1\r\n0\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §7.1: a negative size", chunked("-1\r\n1\r\n0\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §7.1: a size with 0x", chunked("0x1\r\n1\r\n0\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §7.1: a blank behind a size", chunked("1 \r\n1\r\n0\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §7.1: a size beyond 64 bits", chunked("10000000000000001\r\n1\r\n0\r\n\r\n"), 400, 413),
    HostileRequest("RFC 9112 §7.1: a size of 64 bits", chunked("ffffffffffffffff\r\n1\r\n0\r\n\r\n"), 400, 413),
    HostileRequest("RFC 9112 §7.1: LF behind a size", chunked("\(size)\n\(event)\r\n0\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §7.1: no CR LF behind the data", chunked("\(size)\r\n\(event)x0\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §7.1: LF behind the data", chunked("\(size)\r\n\(event)\n0\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §7.1.1: LF in an extension", chunked("\(size);a=\n\(event)\r\n0\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §7.1.1: CR in an extension", chunked("\(size);a=\rb\r\n\(event)\r\n0\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §7.1.1: NUL in an extension", chunked("\(size);a=\0\r\n\(event)\r\n0\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §7.1.2: a trailer without colon", chunked("\(size)\r\n\(event)\r\n0\r\nX y\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §7.1.2: a folded trailer", chunked("\(size)\r\n\(event)\r\n0\r\nX: y\r\n z\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §7.1.2: LF behind a trailer", chunked("\(size)\r\n\(event)\r\n0\r\nX: y\n\r\n"), 400),
  ]

  private static let harmless = [
    taken("RFC 9112 §2.2: two empty lines before it", "\r\n\r\n" + post(length)),
    taken("RFC 9112 §3.2.2: absolute form that agrees", post(length, line: "POST http://A:80/log HTTP/1.1")),
    taken("RFC 9112 §3.2.4: asterisk form of OPTIONS", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 204),
    taken("RFC 9112 §3.2: a query", post(length, line: "POST /log?a=b HTTP/1.1")),
    taken("RFC 9112 §5.1: blanks around a value", post("Content-Length: \t\(event.utf8.count) \t\r\n")),
    taken("RFC 9110 §5.1: a name in capitals", post(length.uppercased())),
    taken("RFC 9110 §5.5: bytes beyond ASCII in a value", post("X: \u{e9}\r\n\(length)")),
    taken(
      "RFC 9112 §7: a coding in capitals", post("Transfer-Encoding: CHUNKED\r\n", "\(size)\r\n\(event)\r\n0\r\n\r\n")),
    taken("RFC 9112 §7.1: leading zeros of a size", chunked("00\(size)\r\n\(event)\r\n000\r\n\r\n")),
    taken("RFC 9112 §7.1.1: an extension is left out", chunked("\(size);a=\"b\"\r\n\(event)\r\n0;c\r\n\r\n")),
    taken(
      "RFC 9112 §7.1.2: a trailer changes nothing", chunked("\(size)\r\n\(event)\r\n0\r\nContent-Length: 9\r\n\r\n")),
    taken("RFC 9113 §3.1: h2c by Upgrade is left out", post("Upgrade: h2c\r\nConnection: Upgrade\r\n\(length)")),
    taken("RFC 9110 §7.8: another upgrade is left out", post("Upgrade: websocket\r\nConnection: Upgrade\r\n\(length)")),
    last("RFC 9112 §9.6: close is the last request", post("Connection: close\r\n\(length)")),
    last("RFC 9112 §9.3: HTTP/1.0 without keep-alive", post(length, line: "POST /log HTTP/1.0")),
    taken(
      "RFC 9112 §9.3: HTTP/1.0 with keep-alive", post("Connection: Keep-Alive\r\n\(length)", line: "POST /log HTTP/1.0")
    ),
    taken(
      "RFC 9110 §9.3.1: a GET with a body", "GET /health HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /", 200),
  ]
}
