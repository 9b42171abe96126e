import Core
import Testing

@Suite("DeliveryMachine: pauses")
struct DeliveryMachinePauseTests {
  private let lane = LaneID(scope: "s", name: "a")

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

  @Test("a probe of a paused pair that fails otherwise is an attempt if it was answered", arguments: [true, false])
  func failingLaneProbe(isAnswered: Bool) {
    var script = MachineScript(maxAttempts: 2)
    _ = script.deliver()
    _ = script.complete(1, .laneRefused(.refused, probeAfter: 1000))
    _ = script.pass(1000)
    _ = script.deliver()
    let outcome = SendOutcome.failed(.down, fault: isAnswered ? .message : .silence, retryAfter: nil)
    #expect(script.complete(2, outcome) == [.parked(2, until: script.unix(script.now), attempt: isAnswered ? 1 : 0)])
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
      retry: RetryPolicy(maxAttempts: 3, backoff: Backoff(delay: 1, maxDelay: 1)), limits: [1], now: script.moment)
    #expect(actions == [.release(queue: 0, lane: "a")])
    #expect(script.pass(0) == [.consume(queue: 0, probing: true)])
  }
}
