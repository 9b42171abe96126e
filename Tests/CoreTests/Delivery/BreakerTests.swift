import Core
import Testing

@Suite("Breaker")
struct BreakerTests {
  private var breaker = Breaker()

  private mutating func fail(_ copy: String, _ fault: SendOutcome.Fault = .message) -> Bool {
    breaker.sendFailed(copy: copy, fault: fault, now: 1000, wait: 500)
  }

  @Test("five copies that fail in a row open it, and no fewer")
  mutating func inARow() {
    for copy in ["a", "b", "c", "d"] { #expect(!fail(copy)) }
    breaker.sendSucceeded(copy: "x")
    for copy in ["e", "f", "g", "h"] { #expect(!fail(copy)) }
    #expect(fail("i"))
    #expect(breaker.state == .open(until: 1500))
  }

  @Test("a few copies that fail alone never open it, however often they do", arguments: [1, 4])
  mutating func alone(copies: Int) {
    for _ in 0..<100 {
      for copy in 0..<copies { #expect(!fail("bad\(copy)")) }
    }
    #expect(breaker.isClosed)
    #expect(breaker.isDoubtful)
    for copy in copies..<4 { #expect(!fail("bad\(copy)")) }
    #expect(fail("one more"))
  }

  @Test("among good traffic, copies that always fail are no more than half of the last twenty copies")
  mutating func amongGood() {
    for round in 0..<1000 {
      for copy in 0..<4 { #expect(!fail("bad\(copy)", round % 2 == 0 ? .message : .silence)) }
      breaker.sendSucceeded(copy: "good\(round)")
      #expect(!breaker.isDoubtful)
    }
  }

  @Test("one copy is enough when nothing can be sent at all")
  mutating func unreachable() {
    for _ in 0..<4 { #expect(!fail("a", .sink)) }
    #expect(fail("a", .sink))
  }

  @Test("an answer in between shows that the sink can be reached")
  mutating func reached() {
    for _ in 0..<4 { #expect(!fail("a", .sink)) }
    #expect(!fail("a", .silence))
    for _ in 0..<4 { #expect(!fail("a", .sink)) }
  }

  @Test("more than half of the last twenty copies open it, half does not")
  mutating func mostly() {
    for copy in 0..<10 {
      #expect(!fail("bad\(copy)"))
      breaker.sendSucceeded(copy: "good\(copy)")
    }
    // The oldest of the twenty is a failure: one more keeps ten, the next takes a success's place.
    #expect(!fail("x"))
    #expect(fail("y"))
  }

  @Test("a copy that got through after all counts as a success")
  mutating func mended() {
    for copy in 0..<10 {
      #expect(!fail("bad\(copy)"))
      breaker.sendSucceeded(copy: "good\(copy)")
    }
    for copy in 0..<10 { breaker.sendSucceeded(copy: "bad\(copy)") }
    for copy in ["v", "w", "x", "y"] { #expect(!fail(copy)) }
    #expect(breaker.isClosed)
  }

  @Test("it is tried again when its wait is over, once, and closes when something gets through")
  mutating func probe() {
    for copy in ["a", "b", "c", "d", "e"] { _ = fail(copy) }
    let probeBegins = [1499, 1500, 1600].map { breaker.timePassed(now: Int64($0)) }
    #expect(probeBegins == [false, true, false])
    breaker.probeFailed(now: 1500, wait: 2000)
    #expect(breaker.state == .open(until: 3500))
    #expect(breaker.failedProbes == 1)
    let again = breaker.timePassed(now: 3500)
    #expect(again)
    breaker.recovered()
    #expect(breaker == Breaker())
  }

  @Test("calls that fail after it opened change nothing")
  mutating func stragglers() {
    for copy in ["a", "b", "c", "d", "e"] { _ = fail(copy) }
    #expect(!fail("f"))
    breaker.sendSucceeded(copy: "g")
    #expect(breaker.state == .open(until: 1500))
  }
}
