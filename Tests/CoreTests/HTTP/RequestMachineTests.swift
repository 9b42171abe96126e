import Core
import Testing

@Suite("The request machine")
struct RequestMachineTests {
  @Test("takes every well-formed message for what it is", arguments: Messages.accepted.indices)
  func accepts(index: Int) {
    let (text, outcomes) = Messages.accepted[index]
    #expect(MessageReader.outcomes(of: text) == outcomes, "\(text.debugDescription)")
  }

  @Test("refuses what RFC 9112 does not allow, and reads nothing after it", arguments: Messages.refused.indices)
  func refuses(index: Int) {
    let (text, refusal) = Messages.refused[index]
    let following = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
    #expect(MessageReader.outcomes(of: text) == [.refused(refusal)], "\(text.debugDescription)")
    #expect(MessageReader.outcomes(of: text + following) == [.refused(refusal)], "\(text.debugDescription)")
    let before = "GET /first HTTP/1.1\r\nHost: a\r\n\r\n"
    let outcomes = MessageReader.outcomes(of: before + text)
    #expect(outcomes.first == Messages.get("/first"))
    #expect(outcomes.last == .refused(refusal), "\(text.debugDescription)")
  }

  @Test("gives the same outcome however the bytes are cut", arguments: [false, true])
  func isIndependentOfCuts(discards: Bool) {
    for text in Messages.accepted.map(\.text) + Messages.refused.map(\.text) {
      let bytes = Array(text.utf8)
      let whole = MessageReader.outcomes(of: [bytes[...]])
      let single = MessageReader.outcomes(of: bytes.indices.map { bytes[$0...$0] }, discards: discards)
      #expect(single == whole, "a byte at a time: \(text.debugDescription)")
      for cut in 1..<max(2, bytes.count) {
        let parts = MessageReader.outcomes(of: [bytes[..<cut], bytes[cut...]], discards: discards)
        #expect(parts == whole, "cut at \(cut): \(text.debugDescription)")
      }
    }
  }

  @Test("every prefix of a good message waits for more and refuses nothing")
  func prefixesWait() {
    for (text, outcomes) in Messages.accepted where outcomes.count == 1 {
      let bytes = Array(text.utf8)
      for end in 1..<bytes.count {
        #expect(MessageReader.outcomes(of: [bytes[..<end]]) == [], "\(text.debugDescription) up to \(end)")
      }
    }
  }

  @Test("survives random damage, and the cut never changes what comes of it")
  func survivesDamage() {
    var random = SplitMix(seed: 9112)
    let texts = Messages.accepted.map { Array($0.text.utf8) }
    let fragments = ["\r\n", "\n", "\r", " ", ":", "0", "f", ";", "\0", "%", "chunked", "Content-Length: 1\r\n"]
    for _ in 0..<4000 {
      var bytes = texts[random.below(texts.count)]
      for _ in 0...random.below(3) {
        let place = random.below(bytes.count + 1)
        switch random.below(3) {
        case 0: bytes.insert(contentsOf: fragments[random.below(fragments.count)].utf8, at: place)
        case 1 where place < bytes.count: bytes[place] = UInt8(random.below(256))
        default: bytes.removeSubrange(place..<min(bytes.count, place + random.below(4)))
        }
        if bytes.isEmpty { bytes = [13] }
      }
      let whole = MessageReader.outcomes(of: [bytes[...]])
      let single = MessageReader.outcomes(of: bytes.indices.map { bytes[$0...$0] }, discards: true)
      #expect(single == whole, "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
      let cut = random.below(bytes.count)
      #expect(MessageReader.outcomes(of: [bytes[..<cut], bytes[cut...]]) == whole)
    }
  }

  @Test("gives the values of the headers that the gateway reads, blanks trimmed")
  func givesFields() {
    var reader = MessageReader()
    reader.receive(
      """
      POST /log HTTP/1.1\r
      HOST: example.com\r
      Content-Type:  application/json ; charset=utf-8\t \r
      Content-Encoding: identity\r
      Authorization: Bearer x y\r
      Idempotency-Key: k-1\r
      Origin: null\r
      traceparent: 00-aa-bb-01\r
      traceparent: second\r
      X-Request-ID: r-1\r
      Expect: 100-Continue\r
      Content-Length: 4\r
      \r

      """.utf8)
    let head = reader.head
    func text(_ range: Range<Int>?) -> String? { range.map { reader.text($0) } }
    #expect(text(head.host) == "example.com")
    #expect(text(head.contentType) == "application/json ; charset=utf-8")
    #expect(text(head.contentEncoding) == "identity")
    #expect(text(head.authorization) == "Bearer x y")
    #expect(text(head.idempotencyKey) == "k-1")
    #expect(text(head.origin) == "null")
    #expect(text(head.traceparent) == "")
    #expect(text(head.xRequestID) == "r-1")
    #expect(head.framing == .length(4))
    #expect(head.expectsContinue)
    #expect(head.method == .post)
    #expect(head.minorVersion == 1)
  }

  @Test("keeps nothing of one message in the next")
  func startsAfresh() {
    var reader = MessageReader()
    let first = "POST /log?q HTTP/1.0\r\nAuthorization: x\r\nOrigin: y\r\nContent-Length: 1\r\n\r\nz"
    reader.receive((first + "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r").utf8)
    reader.receive("\n".utf8)
    #expect(reader.outcomes.count == 2)
    let head = reader.head
    #expect(head.authorization == nil && head.origin == nil && head.query == nil)
    #expect(head.framing == .none && head.keepAlive && head.minorVersion == 1)
  }
}

/// Steele, Lea and Flood's SplitMix64: the same numbers in every run.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
