import Core
import Testing

@Suite("DeliveryMachine: sending")
struct DeliveryMachineTests {
  @Test("a pair has one call in flight until one was delivered, then as many as the limit allows")
  func widening() {
    var script = MachineScript(maxInFlight: 3)
    #expect(script.deliver(5) == [.send(ticket: 1)])
    #expect(
      script.complete(1, .done) == [
        .settle(ticket: 1, .delivered), .send(ticket: 2), .send(ticket: 3), .send(ticket: 4),
      ])
    #expect(script.complete(3, .done) == [.settle(ticket: 3, .delivered), .send(ticket: 5)])
  }

  @Test("an answer that renewed the key narrows the pair again")
  func narrowing() {
    var script = MachineScript()
    _ = script.deliver(1)
    _ = script.complete(1, .done)
    #expect(script.deliver(3) == [.send(ticket: 2), .send(ticket: 3), .send(ticket: 4)])
    _ = script.complete(2, .delivered(proven: false))
    #expect(script.deliver(1) == [])
    _ = script.complete(3, .delivered(proven: false))
    #expect(script.complete(4, .delivered(proven: false)) == [.settle(ticket: 4, .delivered), .send(ticket: 5)])
  }

  @Test("among lanes the oldest copy goes first, whatever the order of the lanes")
  func age() {
    var script = MachineScript(maxInFlight: 1)
    _ = script.deliver(lane: "z")
    for lane in ["c", "a", "b", "a"] { #expect(script.deliver(lane: lane) == []) }
    for ticket in UInt64(1)...4 {
      #expect(
        script.complete(ticket, .done) == [.settle(ticket: ticket, .delivered), .send(ticket: ticket + 1)])
    }
  }

  @Test("an attempt that failed is parked with its count, and buried when there were enough")
  func attempts() {
    var script = MachineScript(maxAttempts: 3)
    script.random = 1500
    _ = script.deliver(id: "x")
    #expect(
      script.complete(1, .down) == [.parked(1, until: script.unix(script.now + 1500), attempt: 1)])
    _ = script.deliver(attempt: 2, id: "x")
    let note = DeathNote(reason: .attemptsExhausted, attempt: 3, lastStatus: 503, lastError: "503")
    #expect(script.complete(2, .down) == [.settle(ticket: 2, .dead(note))])
  }

  @Test("a copy that the sink refuses for good is buried at once")
  func poison() {
    var script = MachineScript()
    _ = script.deliver()
    let note = DeathNote(reason: .rejected, attempt: 1, lastStatus: 400, lastError: "400")
    #expect(script.complete(1, .rejected(.bad)) == [.settle(ticket: 1, .dead(note))])
  }

  @Test("a sink's Retry-After outlasts the backoff")
  func retryAfter() {
    var script = MachineScript()
    _ = script.deliver()
    let outcome = SendOutcome.failed(.down, fault: .message, retryAfter: 30_000)
    #expect(script.complete(1, outcome) == [.parked(1, until: script.unix(script.now + 30_000), attempt: 1)])
  }

  @Test("what stands behind a call that hangs is parked after a moment and comes back when it ends")
  func stalled() {
    var script = MachineScript()
    #expect(script.deliver(3) == [.send(ticket: 1)])
    #expect(script.pass(999) == [])
    #expect(script.machine.nextDeadline == script.now + 1)
    let due = script.unix(script.now + 1 + 5000)
    #expect(script.pass(1) == [.parked(2, until: due), .parked(3, until: due)])
    #expect(script.deliver() == [.parked(4, until: due)])
    #expect(script.complete(1, .done) == [.release(queue: 0, lane: "a"), .settle(ticket: 1, .delivered)])
  }

  @Test("after renewed credentials the copy goes out at once in its own place, a few times at most")
  func renewal() {
    var script = MachineScript()
    _ = script.deliver(2)
    for _ in 0..<3 { #expect(script.complete(1, .again(.refused)) == [.send(ticket: 1)]) }
    let due = script.now + 600_000
    #expect(
      script.complete(1, .again(.refused)) == [
        .parked(1, until: script.unix(due)), .parked(2, until: script.unix(due + 600_000)),
        .report(.lanePaused(LaneID(scope: "s", name: "a"), queue: 0, .refused)),
      ])
  }

  @Test("stopping sends nothing more, gives back what waits and lets what flies land")
  func stopping() {
    var script = MachineScript()
    _ = script.deliver(2)
    _ = script.deliver(lane: "b")
    #expect(script.machine.stopped() == [.cancel(queue: 0), .settle(ticket: 2, .returned)])
    #expect(script.deliver() == [.settle(ticket: 4, .returned)])
    #expect(script.complete(1, .done) == [.settle(ticket: 1, .delivered)])
    #expect(script.machine.abandoned(3) == [.settle(ticket: 3, .returned)])
    #expect(script.machine.inFlight == 0)
    #expect(script.machine.nextDeadline == nil || script.pass(10_000) == [])
  }

  @Test("two queues whose services hang take their own calls, and leave one for each of the others")
  func reservedCalls() {
    var script = MachineScript(queues: 50, maxInFlight: 16, maxFlights: 64)
    for queue in 0..<2 {
      for lane in 0..<30 { _ = script.deliver(lane: "hang\(lane)", queue: queue, scope: "\(queue)") }
    }
    #expect(script.machine.inFlight == 16)
    for queue in 2..<50 {
      #expect(script.deliver(lane: "a", queue: queue, scope: "\(queue)") == [.send(ticket: script.lastTicket)])
    }
    #expect(script.machine.inFlight == 64)
  }

  @Test("each queue has its own limit, which a change of settings moves; what is in flight beyond it ends")
  func ownLimits() {
    var script = MachineScript(queues: 2)
    let retry = RetryPolicy(maxAttempts: 3, backoff: Backoff(delay: 2000, maxDelay: 600_000))
    _ = script.machine.settingsChanged(retry: retry, limits: [2, 1], now: script.moment)
    #expect(script.machine.maxInFlight == 3)
    for queue in 0..<2 { for lane in 0..<3 { _ = script.deliver(lane: "p\(lane)", queue: queue, scope: "\(queue)") } }
    #expect(script.machine.inFlight == 3)
    #expect(
      script.machine.settingsChanged(retry: retry, limits: [3, 1], now: script.moment).contains(.send(ticket: 3)))
    _ = script.machine.settingsChanged(retry: retry, limits: [1, 1], now: script.moment)
    #expect(script.complete(1, .done) == [.settle(ticket: 1, .delivered)])
    #expect(script.machine.inFlight == 3)
  }

  @Test("more queues than calls: each still has one")
  func manyQueues() {
    var script = MachineScript(queues: 9, maxFlights: 4)
    for queue in 0..<9 { #expect(script.deliver(2, lane: "a", queue: queue, scope: "\(queue)").count == 1) }
    #expect(script.machine.maxInFlight == 9)
  }

  @Test("idle lanes are forgotten, so that names that clients choose do not add up")
  func lanesAreBounded() {
    var script = MachineScript(maxInFlight: 1)
    for lane in 0..<10_000 {
      #expect(script.deliver(lane: "p\(lane)") == [.send(ticket: script.lastTicket)])
      _ = script.complete(script.lastTicket, .done)
    }
    #expect(script.machine.laneCount <= 4096)
  }
}
