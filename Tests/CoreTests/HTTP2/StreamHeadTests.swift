import Testing

@testable import Core

@Suite("Field sections of HTTP/2")
struct StreamHeadTests {
  private static let opening = [(":method", "POST"), (":scheme", "https"), (":authority", "a:80"), (":path", "/log?x")]

  private func read(
    _ fields: [(String, String)], endsStream: Bool = false, limits: HTTPLimits = HTTPLimits()
  ) -> (outcome: StreamHead.Outcome, message: [UInt8]) {
    var head = StreamHead(limits: limits)
    head.begin()
    for (name, value) in fields { head.add(name.utf8.span, value.utf8.span) }
    return (head.finish(endsStream: endsStream), head.takeBytes())
  }

  @Test("a request reads as the HTTP/1.1 message that says the same")
  func canonical() throws {
    let (outcome, message) = read(
      Self.opening + [("content-type", "application/json"), ("x-request-id", "r"), ("te", "trailers"), ("x", "")])
    #expect(
      String(decoding: message, as: UTF8.self)
        == "POST /log?x HTTP/1.1\r\nhost: a:80\r\ncontent-type: application/json\r\nx-request-id: r\r\nte: trailers\r\n"
        + "x: \r\n\r\n")
    guard case .head(let head) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(head.method == .post && head.keepAlive && head.framing == .chunked && head.end == message.count)
    #expect(head.requestID(in: message.span) == Array("r".utf8))
  }

  @Test("the end of the stream and Content-Length tell how long a body is")
  func framing() {
    func framing(_ length: String?, endsStream: Bool) -> BodyFraming? {
      let more = length.map { [("content-length", $0)] } ?? []
      guard case .head(let head) = read(Self.opening + more, endsStream: endsStream).outcome else { return nil }
      return head.framing
    }
    #expect(framing(nil, endsStream: true) == .length(0))
    #expect(framing("0", endsStream: true) == .length(0))
    #expect(framing("5", endsStream: true) == nil)
    #expect(framing(nil, endsStream: false) == .chunked)
    #expect(framing("5", endsStream: false) == .length(5))
  }

  static let malformed: [[(String, String)]] = [
    [], [(":method", "GET")], [(":method", "GET"), (":scheme", "http")], [(":scheme", "http"), (":path", "/")],
    [(":method", "GET"), (":scheme", "ftp"), (":path", "/")],
    [(":method", "GET"), (":scheme", "http"), (":path", "")],
    [(":method", "GET"), (":scheme", "http"), (":path", "log")],
    [(":method", "GET"), (":scheme", "http"), (":path", "http://a/")],
    [(":method", "GET"), (":scheme", "http"), (":path", "/a HTTP/1.1")],
    [(":method", "GET"), (":scheme", "http"), (":path", "/\r\nx: y")],
    opening + [(":path", "/other")], opening + [("x", "y"), (":authority", "b")], opening + [(":status", "200")],
    opening + [(":protocol", "websocket")], opening + [("", "x")], opening + [("X", "y")], opening + [("a b", "y")],
    opening + [("a:b", "y")], opening + [("x", " y")], opening + [("x", "y\t")], opening + [("x", "a\r\nb: c")],
    opening + [("x", "a\nb")], opening + [("x", "a\0b")], opening + [("x\r\ny", "z")],
    opening + [("connection", "close")], opening + [("transfer-encoding", "chunked")],
    opening + [("keep-alive", "timeout=5")], opening + [("upgrade", "h2c")], opening + [("proxy-connection", "x")],
    opening + [("te", "gzip")], opening + [("te", "trailers, gzip")], opening + [("host", "b")],
    opening + [("host", "a")],
  ]

  @Test("what is no request resets its stream (RFC 9113 §8.1.1, §8.2, §8.3)", arguments: malformed.indices)
  func refusedStreams(index: Int) {
    #expect(read(Self.malformed[index]).outcome == .malformed)
  }

  static let refused: [([(String, String)], Refusal)] = [
    ([(":method", "CONNECT"), (":authority", "a:443")], .method),
    ([(":method", "GET"), (":scheme", "http"), (":path", "/")], .missingHost),
    ([(":method", "GET"), (":scheme", "http"), (":path", "/%zz"), (":authority", "a")], .target),
    ([(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "a b@")], .invalidHost),
    (opening + [("content-length", "5"), ("content-length", "5")], .repeatedField),
    (opening + [("content-length", "+5")], .contentLength), (opening + [("expect", "more")], .expectation),
    (opening + [("content-length", "1048577")], .bodyTooLarge),
    (opening + [("authorization", "a"), ("authorization", "b")], .repeatedField),
  ]

  @Test("HTTP/1.1's own rules hold as well", arguments: refused.indices)
  func refusals(index: Int) {
    let (fields, refusal) = Self.refused[index]
    let outcome = read(fields).outcome
    #expect(outcome == .refuse(refusal) || (refusal == .invalidHost && outcome == .malformed))
  }

  @Test("Host may say again what :authority says, or stand alone")
  func host() {
    for fields in [
      Self.opening + [("host", "A:80")], [Self.opening[0], Self.opening[1], Self.opening[3], ("host", "a")],
    ] {
      let (outcome, message) = read(fields)
      guard case .head(let head) = outcome, let host = head.host else {
        Issue.record("\(outcome)")
        continue
      }
      #expect(message[host].first == UInt8(ascii: "a"))
      #expect(String(decoding: message, as: UTF8.self).components("host:") == 1)
    }
  }

  @Test("too many fields and too many bytes are 431, whatever follows")
  func limits() {
    var limits = HTTPLimits()
    limits.maxHeaders = 3
    let two = [("x", "y"), ("x", "y")]
    if case .head = read(Self.opening + two, limits: limits).outcome {} else { Issue.record("three fields") }
    #expect(read(Self.opening + two + [("x", "y")], limits: limits).outcome == .refuse(.tooManyFields))
    limits = HTTPLimits()
    limits.maxHeaderBytes = 200
    func outcome(_ count: Int) -> StreamHead.Outcome {
      read(Self.opening + [("x", String(repeating: "y", count: count))], limits: limits).outcome
    }
    let line = "POST /log?x HTTP/1.1\r\nhost: a:80\r\nx: \r\n\r\n".utf8.count
    if case .head = outcome(200 - line) {} else { Issue.record("200 bytes") }
    #expect(outcome(200 - line + 1) == .refuse(.headTooLarge))
    #expect(outcome(100_000) == .refuse(.headTooLarge))
    #expect(
      read([(":method", "GET"), (":path", "/" + String(repeating: "y", count: 300))], limits: limits).outcome
        == .refuse(.headTooLarge))
  }

  @Test("one value reads request after request, and tells HEAD even of a refused one")
  func reuse() {
    var head = StreamHead(limits: HTTPLimits())
    for _ in 0..<2 {
      head.begin()
      head.add("x".utf8.span, "\r".utf8.span)
      #expect(head.finish(endsStream: true) == .malformed)
      head.begin()
      for (name, value) in [(":method", "HEAD"), (":scheme", "http"), (":path", "/")] {
        head.add(name.utf8.span, value.utf8.span)
      }
      #expect(head.finish(endsStream: true) == .refuse(.missingHost))
      #expect(head.isHead)
    }
  }
}

extension String {
  fileprivate func components(_ part: String) -> Int {
    var (count, rest) = (0, self[...])
    while let place = rest.firstRange(of: part) {
      count += 1
      rest = rest[place.upperBound...]
    }
    return count
  }
}
