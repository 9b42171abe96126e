import Core
import Testing

@Suite("DeliveryMachine: probes")
struct DeliveryMachineProbeTests {
  private static let trial = DeliveryMachine.trialLane

  @Test("an open breaker stops consumption and gives back what is not in flight")
  func opens() {
    var script = MachineScript(maxInFlight: 1)
    for _ in 0..<4 {
      _ = script.deliver()
      _ = script.complete(script.lastTicket, .down)
    }
    _ = script.deliver(3)
    let actions = script.complete(5, .down)
    #expect(
      actions == [
        .parked(5, until: script.unix(script.now), lane: Self.trial, attempt: 1), .cancel(queue: 0),
        .settle(ticket: 6, .returned), .settle(ticket: 7, .returned),
        .report(.breakerOpened(queue: 0, .down)),
      ])
    #expect(script.machine.status(of: 0).isBreakerOpen)
    #expect(script.deliver() == [.settle(ticket: 8, .returned)])
  }

  @Test("a probe that was answered with a failure is an attempt, and the last one buries it")
  func answeredProbe() {
    var script = MachineScript(maxAttempts: 4, maxDelay: 60_000)
    _ = script.openBreaker()
    #expect(script.machine.nextDeadline == script.now + 1000)
    #expect(script.pass(999) == [])
    #expect(script.pass(1) == [.consume(queue: 0, probing: true)])
    #expect(script.deliver(attempt: 1, id: "bad") == [.send(ticket: 6)])
    // With half of its attempts used and nothing getting through, the copy waits as long as any ever does.
    #expect(
      script.complete(6, .down) == [
        .parked(6, until: script.unix(script.now + 60_000), lane: Self.trial, attempt: 2), .cancel(queue: 0),
      ])
    // The second wait is twice as long: half of 4 s with no jitter.
    #expect(script.pass(2000) == [.consume(queue: 0, probing: true)])
    _ = script.deliver(attempt: 3, id: "bad")
    let note = DeathNote(reason: .attemptsExhausted, attempt: 4, lastStatus: 503, lastError: "503")
    #expect(script.complete(7, .down) == [.settle(ticket: 7, .dead(note)), .cancel(queue: 0)])
  }

  @Test("a probe without an answer is no attempt and comes back with the next trial", arguments: [true, false])
  func unansweredProbe(isUnreachable: Bool) {
    var script = MachineScript(maxAttempts: 2)
    _ = script.openBreaker()
    _ = script.pass(1000)
    _ = script.deliver(attempt: 1)
    let outcome = SendOutcome.failed(.down, fault: isUnreachable ? .sink : .silence, retryAfter: nil)
    #expect(
      script.complete(6, outcome) == [
        .parked(6, until: script.unix(script.now + 2000), lane: Self.trial, attempt: 1), .cancel(queue: 0),
      ])
  }

  @Test("of a handful the copy that failed least is tried, whatever came first; the others are kept meanwhile")
  func choosesFresh() {
    var script = MachineScript()
    _ = script.openBreaker()
    _ = script.pass(1000)
    #expect(script.deliver([("bad1", 2), ("bad2", 1), ("good1", 0), ("good2", 0)]) == [.send(ticket: 8)])
    #expect(
      script.complete(8, .done) == [
        .release(queue: 0, lane: Self.trial), .consume(queue: 0, probing: false), .report(.breakerClosed(queue: 0)),
        .settle(ticket: 8, .delivered), .send(ticket: 6), .send(ticket: 7), .send(ticket: 9),
      ])
    #expect(!script.machine.status(of: 0).isBreakerOpen)
  }

  @Test("after a failed trial fresh copies go back, and failed ones come one for each next trial")
  func handfulGoesBack() {
    var script = MachineScript()
    _ = script.openBreaker()
    _ = script.pass(1000)
    _ = script.deliver([("bad1", 1), ("bad2", 1), ("new1", 0), ("new2", 0)])
    let now = script.unix(script.now)
    #expect(
      script.complete(8, .down) == [
        .parked(8, until: now, lane: Self.trial, attempt: 1), .cancel(queue: 0),
        .parked(6, until: now + 2000, lane: Self.trial, attempt: 1),
        .parked(7, until: now + 4000, lane: Self.trial, attempt: 1), .settle(ticket: 9, .returned),
      ])
    // The one that was tried stands behind one that was not, though both failed as often.
    _ = script.pass(2000)
    #expect(script.deliver([("new1", 0), ("new2", 0)]) == [.send(ticket: 11)])
  }

  @Test("a copy that never gets an answer does not take every trial")
  func silentCopies() {
    var script = MachineScript()
    _ = script.openBreaker()
    var tried: [String] = []
    for _ in 0..<3 {
      script.now = script.machine.nextDeadline ?? script.now
      _ = script.machine.timePassed(script.moment)
      let names = ["mute1", "mute2", "good"]
      let first = script.lastTicket + 1
      for case .send(let ticket) in script.deliver(names.map { ($0, 0) }) {
        tried.append(names[Int(ticket - first)])
        _ = script.complete(ticket, .failed(.down, fault: .silence, retryAfter: nil))
      }
    }
    #expect(tried == ["mute1", "good", "mute2"])
  }

  @Test("a call that was in flight when the breaker opened closes it when it gets through")
  func straggler() {
    var script = MachineScript()
    _ = script.deliver(lane: "slow")
    for _ in 0..<5 {
      _ = script.deliver(lane: "open\(script.lastTicket)")
      _ = script.complete(script.lastTicket, .down)
    }
    #expect(script.machine.status(of: 0).isBreakerOpen)
    #expect(
      script.complete(1, .done) == [
        .release(queue: 0, lane: Self.trial), .consume(queue: 0, probing: false), .report(.breakerClosed(queue: 0)),
        .settle(ticket: 1, .delivered),
      ])
  }

  @Test("a straggler that fails during a trial leaves the trial alone and counts its own attempt")
  func failingStraggler() {
    var script = MachineScript()
    _ = script.deliver(lane: "slow")
    for _ in 0..<5 {
      _ = script.deliver(lane: "open\(script.lastTicket)")
      _ = script.complete(script.lastTicket, .down)
    }
    _ = script.pass(1000)
    #expect(script.deliver() == [.send(ticket: 7)])
    #expect(
      script.complete(1, .down) == [.parked(1, until: script.unix(script.now), lane: Self.trial, attempt: 1)])
    _ = script.complete(7, .done)
    #expect(!script.machine.status(of: 0).isBreakerOpen)
  }

  @Test(
    "probes are at most half a minute apart, or max_delay where that is shorter",
    arguments: [(Int64(600_000), Int64(30_000)), (500, 500)])
  func interval(maxDelay: Int64, longest: Int64) {
    var script = MachineScript(maxAttempts: 100, delay: 400, maxDelay: maxDelay)
    script.random = .max
    _ = script.openBreaker()
    for number in 0..<20 {
      let wait = (script.machine.nextDeadline ?? .max) - script.now
      #expect(wait > 0 && wait <= longest)
      #expect(script.pass(wait) == [.consume(queue: 0, probing: true)])
      _ = script.deliver(id: "p\(number)")
      _ = script.complete(script.lastTicket, .down)
    }
  }

  @Test("one queue's breaker leaves the others alone")
  func isolation() {
    var script = MachineScript(queues: 2)
    _ = script.openBreaker()
    #expect(script.deliver(queue: 1) == [.send(ticket: 6)])
    #expect(!script.machine.status(of: 1).isBreakerOpen)
  }

  @Test("stopping gives back the whole handful")
  func stopping() {
    var script = MachineScript()
    _ = script.openBreaker()
    _ = script.pass(1000)
    _ = script.deliver(3)
    #expect(
      script.machine.stopped() == [.cancel(queue: 0), .settle(ticket: 7, .returned), .settle(ticket: 8, .returned)])
    #expect(script.complete(6, .done) == [.release(queue: 0, lane: Self.trial), .settle(ticket: 6, .delivered)])
  }
}
