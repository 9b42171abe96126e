import Core
import Testing

@Suite("Breaker")
struct BreakerTests {
  private var breaker = Breaker()

  private mutating func fail(_ copy: String, _ fault: SendOutcome.Fault = .message) -> Bool {
    breaker.sendFailed(copy: copy, fault: fault, now: 1000, wait: 500)
  }

  @Test("five failures in a row open it, and no fewer")
  mutating func inARow() {
    for copy in ["a", "b", "c", "d"] { #expect(!fail(copy)) }
    breaker.sendSucceeded()
    for copy in ["a", "b", "c", "d"] { #expect(!fail(copy)) }
    #expect(fail("e"))
    #expect(breaker.state == .open(until: 1500))
  }

  @Test("one message that fails alone never opens it")
  mutating func alone() {
    for _ in 0..<100 { #expect(!fail("a")) }
    #expect(breaker.isClosed)
    #expect(fail("b"))
  }

  @Test("one message is enough when nothing can be sent at all")
  mutating func unreachable() {
    for _ in 0..<4 { #expect(!fail("a", .sink)) }
    #expect(fail("a", .sink))
  }

  @Test("more than half of the last twenty open it, half does not")
  mutating func mostly() {
    var copy = 0
    for _ in 0..<10 {
      copy += 1
      #expect(!fail("\(copy)"))
      breaker.sendSucceeded()
    }
    #expect(breaker.isClosed)
    // The oldest of the twenty is a failure: one more keeps ten, the next takes a success's place.
    #expect(!fail("x"))
    #expect(fail("y"))
  }

  @Test("it is tried again when its wait is over, once, and closes on success")
  mutating func probe() {
    for copy in ["a", "b", "c", "d", "e"] { _ = fail(copy) }
    let probeBegins = [1499, 1500, 1600].map { breaker.timePassed(now: Int64($0)) }
    #expect(probeBegins == [false, true, false])
    breaker.probeFailed(now: 1500, wait: 2000)
    #expect(breaker.state == .open(until: 3500))
    #expect(breaker.failedProbes == 1)
    let again = breaker.timePassed(now: 3500)
    #expect(again)
    breaker.probeSucceeded()
    #expect(breaker == Breaker())
  }

  @Test("what is still in flight when it opens changes nothing")
  mutating func stragglers() {
    for copy in ["a", "b", "c", "d", "e"] { _ = fail(copy) }
    #expect(!fail("f"))
    breaker.sendSucceeded()
    #expect(breaker.state == .open(until: 1500))
  }
}
