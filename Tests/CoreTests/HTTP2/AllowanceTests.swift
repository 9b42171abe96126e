import Core
import Testing

@Suite("What an HTTP/2 peer may do")
struct AllowanceTests {
  @Test("so many at once, then so many a second, never more than the burst")
  func pace() {
    var allowance = Allowance(burst: 3, perSecond: 2)
    func spent(_ seconds: Double) -> Int {
      var count = 0
      while count < 100, allowance.spend(at: UInt64(seconds * 1_000_000_000)) { count += 1 }
      return count
    }
    #expect(spent(1) == 3)
    #expect(spent(1.4) == 0)
    #expect(spent(1.5) == 1)
    #expect(spent(1.9) == 0)
    #expect(spent(2.1) == 1)
    #expect(spent(1) == 0)
    #expect(spent(1_000_000) == 3)
    allowance.credit(2)
    #expect(spent(1_000_000) == 2)
    allowance.credit(9)
    #expect(spent(1_000_000) == 3)
  }

  @Test("the preface is told from requests by its first bytes, wherever it is cut")
  func preface() {
    let preface = HTTP2Preface.bytes
    for cut in preface.indices {
      let (first, then) = (Array(preface[..<cut]), Array(preface[cut...]))
      #expect(HTTP2Preface.compare(first, then.span) == .same)
      #expect(HTTP2Preface.compare([], first.span) == .undecided)
      let other = [then[0] ^ 1]
      #expect(HTTP2Preface.compare(first, other.span) == .other)
    }
    let (longer, post) = (preface + [0], Array("POST / HTTP/1.1".utf8))
    #expect(HTTP2Preface.compare([], longer.span) == .same)
    #expect(HTTP2Preface.compare([], post.span) == .other)
  }
}
