import Core
import Testing

@Suite("DeliveryMachine: breaker and pauses")
struct DeliveryMachinePauseTests {
  private let lane = LaneID(scope: "s", name: "a")

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
        .parked(5, until: script.unix(script.now), attempt: 1), .cancel(queue: 0),
        .settle(ticket: 6, .returned), .settle(ticket: 7, .returned),
        .report(.breakerOpened(queue: 0, .down)),
      ])
    #expect(script.machine.status(of: 0).isBreakerOpen)
    #expect(script.deliver() == [.settle(ticket: 8, .returned)])
  }

  @Test("one copy is on trial after the backoff; its failure is no attempt and lets another one try next")
  func probeFails() {
    var script = MachineScript(maxAttempts: 2)
    _ = script.openBreaker()
    #expect(script.machine.nextDeadline == script.now + 1000)
    #expect(script.pass(999) == [])
    #expect(script.pass(1) == [.consume(queue: 0, probing: true)])
    #expect(script.deliver(attempt: 1) == [.send(ticket: 6)])
    // The second opening waits twice as long: half of 4 s with no jitter.
    #expect(
      script.complete(6, .down) == [.cancel(queue: 0), .parked(6, until: script.unix(script.now + 3000), attempt: 1)])
    #expect(script.pass(2000) == [.consume(queue: 0, probing: true)])
  }

  @Test("a probe that gets through closes the breaker and consumption goes on")
  func probeSucceeds() {
    var script = MachineScript()
    _ = script.openBreaker()
    _ = script.pass(1000)
    _ = script.deliver()
    #expect(
      script.complete(6, .done) == [
        .consume(queue: 0, probing: false), .report(.breakerClosed(queue: 0)), .settle(ticket: 6, .delivered),
      ])
    #expect(!script.machine.status(of: 0).isBreakerOpen)
  }

  @Test("a copy that arrives during a trial waits elsewhere")
  func oneProbe() {
    var script = MachineScript()
    _ = script.openBreaker()
    _ = script.pass(1000)
    #expect(
      script.deliver(2, lane: "b") == [
        .parked(7, until: script.unix(script.now + 1000), lane: "b"), .send(ticket: 6),
      ])
  }

  @Test("one queue's breaker leaves the others alone")
  func isolation() {
    var script = MachineScript(queues: 2)
    _ = script.openBreaker()
    #expect(script.deliver(queue: 1) == [.send(ticket: 6)])
    #expect(!script.machine.status(of: 1).isBreakerOpen)
  }

  @Test("a refused key pauses its pair alone, buries nothing and counts no attempt")
  func pause() {
    var script = MachineScript(maxAttempts: 1)
    _ = script.deliver(2)
    _ = script.deliver(lane: "b")
    let probeAt = script.unix(script.now + 600_000)
    #expect(
      script.complete(1, .laneRefused(.refused, probeAfter: 600_000)) == [
        .parked(1, until: probeAt), .parked(2, until: probeAt + 600_000),
        .report(.lanePaused(lane, queue: 0, .refused)),
      ])
    #expect(script.deliver() == [.parked(4, until: probeAt + 600_000)])
    #expect(script.complete(3, .done) == [.settle(ticket: 3, .delivered)])
    #expect(script.machine.status(of: 0).pausedLanes == 1)
  }

  @Test("a paused pair is probed with one copy; success frees the rest")
  func resume() {
    var script = MachineScript()
    _ = script.deliver()
    _ = script.complete(1, .laneRefused(.refused, probeAfter: 600_000))
    _ = script.pass(600_000)
    #expect(
      script.deliver(2) == [.parked(3, until: script.unix(script.now + 600_000)), .send(ticket: 2)])
    #expect(
      script.complete(2, .done) == [
        .release(queue: 0, lane: "a"), .report(.laneResumed(lane, queue: 0)), .settle(ticket: 2, .delivered),
      ])
    #expect(script.machine.status(of: 0).pausedLanes == 0)
  }

  @Test("a probe of a paused pair that fails otherwise is no attempt either")
  func failingLaneProbe() {
    var script = MachineScript(maxAttempts: 1)
    _ = script.deliver()
    _ = script.complete(1, .laneRefused(.refused, probeAfter: 1000))
    _ = script.pass(1000)
    _ = script.deliver()
    #expect(script.complete(2, .down) == [.parked(2, until: script.unix(script.now))])
  }

  @Test("a key that changed outside ends the pause at once")
  func credentialsChanged() {
    var script = MachineScript()
    _ = script.deliver()
    _ = script.complete(1, .laneRefused(.refused, probeAfter: 600_000))
    #expect(
      script.machine.credentialsChanged(of: lane, now: script.moment) == [
        .release(queue: 0, lane: "a"), .report(.laneResumed(lane, queue: 0)),
      ])
    #expect(script.deliver() == [.send(ticket: 2)])
  }

  @Test("a wrong token stops the whole queue until a probe or new settings, and buries nothing")
  func sinkRefused() {
    var script = MachineScript(maxAttempts: 1)
    _ = script.deliver(2)
    let probeAt = script.unix(script.now + 600_000)
    #expect(
      script.complete(1, .sinkRefused(.refused, probeAfter: 600_000)) == [
        .parked(1, until: probeAt + 1000), .cancel(queue: 0), .settle(ticket: 2, .returned),
        .report(.breakerOpened(queue: 0, .refused)),
      ])
    let actions = script.machine.settingsChanged(
      retry: RetryPolicy(maxAttempts: 3, backoff: Backoff(delay: 1, maxDelay: 1)), maxInFlight: 1, now: script.moment)
    #expect(actions == [.release(queue: 0, lane: "a")])
    #expect(script.pass(0) == [.consume(queue: 0, probing: true)])
  }
}
