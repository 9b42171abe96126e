import Core
import Testing

@Suite("The limits of a request")
struct RequestLimitTests {
  /// The outcome, found alike whole and a byte at a time.
  private func outcome(_ text: String, _ limits: HTTPLimits) -> Outcome? {
    let bytes = Array(text.utf8)
    let whole = MessageReader.outcomes(of: [bytes[...]], limits: limits)
    let single = MessageReader.outcomes(of: bytes.indices.map { bytes[$0...$0] }, limits: limits, discards: true)
    #expect(whole == single)
    return whole.first
  }

  @Test("a body may have max_body_bytes and not one more", arguments: [-1, 0, 1])
  func body(excess: Int) {
    var limits = HTTPLimits()
    limits.maxBodyBytes = 100
    let body = String(repeating: "x", count: 100 + excess)
    let expected = excess > 0 ? Outcome.refused(.bodyTooLarge) : Messages.post(body)
    let fixed = "POST /log HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n\(body)"
    #expect(outcome(fixed, limits) == expected)
    let chunk = "\(String(body.count, radix: 16))\r\n\(body)\r\n0\r\n\r\n".asChunks
    #expect(outcome(chunk, limits) == expected)
    let singles = (body.map { "1\r\n\($0)\r\n" }.joined() + "0\r\n\r\n").asChunks
    #expect(outcome(singles, limits) == expected)
  }

  @Test("a body too large is refused at its head, before any of it is read")
  func refusesEarly() {
    var limits = HTTPLimits()
    limits.maxBodyBytes = 10
    #expect(
      MessageReader.outcomes(of: "POST /log HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n", limits: limits)
        == [.refused(.bodyTooLarge)])
    #expect(MessageReader.outcomes(of: "b\r".asChunks, limits: limits) == [.refused(.bodyTooLarge)])
  }

  @Test("a head may have max_header_bytes and not one more", arguments: [-1, 0, 1])
  func headBytes(excess: Int) {
    let limits = HTTPLimits()
    let frame = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n"
    let value = String(repeating: "v", count: limits.maxHeaderBytes - frame.utf8.count + excess)
    let text = "GET / HTTP/1.1\r\nHost: a\r\nX: \(value)\r\n\r\n"
    #expect(text.utf8.count == limits.maxHeaderBytes + excess)
    #expect(outcome(text, limits) == (excess > 0 ? .refused(.headTooLarge) : Messages.get("/")))
  }

  @Test("a head without end is refused at the limit, whatever it is made of")
  func endlessHeads() {
    let limits = HTTPLimits()
    let start = "GET / HTTP/1.1\r\nHost: a\r\n"
    let endings: [(filler: String, refusal: Refusal)] = [
      ("X: y\r\n", .tooManyFields), ("v", .headTooLarge), ("X:", .headTooLarge), ("X: \t", .headTooLarge),
    ]
    for (filler, refusal) in endings {
      let text = start + String(repeating: filler, count: 20000 / filler.utf8.count)
      #expect(outcome(text, limits) == .refused(refusal), "\(filler.debugDescription)")
    }
  }

  @Test("a head may have max_headers fields and not one more", arguments: [-1, 0, 1])
  func fields(excess: Int) {
    let limits = HTTPLimits()
    let fields = String(repeating: "X: y\r\n", count: limits.maxHeaders - 1 + excess)
    let text = "GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"
    #expect(outcome(text, limits) == (excess > 0 ? .refused(.tooManyFields) : Messages.get("/")))
  }

  @Test("a target may have its limit and not one byte more", arguments: [-1, 0, 1])
  func target(excess: Int) {
    let limits = HTTPLimits()
    let target = "/" + String(repeating: "t", count: limits.maxTargetBytes - 1 + excess)
    let text = "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n"
    #expect(outcome(text, limits) == (excess > 0 ? .refused(.targetTooLong) : Messages.get(target)))
  }

  @Test("a method may have 24 letters and not one more", arguments: [-1, 0, 1])
  func method(excess: Int) {
    let method = String(repeating: "M", count: 24 + excess)
    let text = "\(method) / HTTP/1.1\r\nHost: a\r\n\r\n"
    #expect(outcome(text, HTTPLimits()) == (excess > 0 ? .refused(.method) : Messages.request("? /")))
  }

  @Test("a trailer section may have its limit and not one byte more", arguments: [-1, 0, 1])
  func trailers(excess: Int) {
    let limits = HTTPLimits()
    let value = String(repeating: "v", count: limits.maxTrailerBytes - "T: \r\n\r\n".utf8.count + excess)
    let text = "1\r\nx\r\n0\r\nT: \(value)\r\n\r\n".asChunks
    #expect(outcome(text, limits) == (excess > 0 ? .refused(.trailersTooLarge) : Messages.post("x")))
  }

  @Test("all chunk extensions together may have their limit and not one byte more", arguments: [-1, 0, 1])
  func extensions(excess: Int) {
    var limits = HTTPLimits()
    limits.maxChunkExtensionBytes = 100
    let first = String(repeating: "e", count: 50)
    let last = String(repeating: "e", count: 50 + excess)
    let text = "1;\(first)\r\nx\r\n0;\(last)\r\n\r\n".asChunks
    #expect(outcome(text, limits) == (excess > 0 ? .refused(.chunkExtension) : Messages.post("x")))
  }

  @Test("decoded chunk bytes need not be kept: a caller that discards holds a head and a piece")
  func discarding() {
    var keeping = MessageReader()
    var discarding = MessageReader(discards: true)
    let chunk = Array("400\r\n\(String(repeating: "x", count: 1024))\r\n".utf8)
    let head = Array("".asChunks.utf8)
    keeping.receive(head)
    discarding.receive(head)
    for _ in 0..<64 {
      keeping.receive(chunk)
      discarding.receive(chunk)
    }
    keeping.receive("0\r\n\r\n".utf8)
    discarding.receive("0\r\n\r\n".utf8)
    #expect(keeping.outcomes == [Messages.post(String(repeating: "x", count: 65536))])
    #expect(discarding.outcomes == keeping.outcomes)
    #expect(keeping.peak > 65536)
    #expect(discarding.peak <= head.count + chunk.count)
  }

  @Test("a body is too slow once its average is below the minimum after the grace")
  func pace() {
    let limits = HTTPLimits()
    #expect(!limits.isTooSlow(received: 0, in: .seconds(5)))
    #expect(limits.isTooSlow(received: 0, in: .milliseconds(5001)))
    #expect(limits.isTooSlow(received: 5119, in: .seconds(10)))
    #expect(!limits.isTooSlow(received: 5120, in: .seconds(10)))
    #expect(limits.isTooSlow(received: .max, in: .seconds(Int64.max / 1000)))
  }
}
