import Core
import Testing

@Suite("PublisherMachine: late, stalled, blocked")
struct PublisherLatenessTests {
  @Test("a late copy is held in the spool, marks the broker stalled, and what comes then goes straight to the spool")
  func stalled() {
    var script = PublisherScript()
    _ = script.intake()
    #expect(script.machine.nextDeadline == script.now + 1000)
    #expect(script.pass(999) == [])
    #expect(script.pass(1) == [.spoolHeld(ticket: 1), .report(.condition(.stalled))])
    #expect(script.ledger == [1, 0, 0, 0, 1, 0])
    #expect(script.intake() == [.spool(ticket: 2)])
    #expect(script.submit(.spooled) == [.giveBack(ticket: 3)])
    #expect(script.submit(.letter) == [.failed(ticket: 4)])
    #expect(script.machine.since == script.now)
  }

  @Test("an idle link is probed, and a probe that is not confirmed in time shows that the broker hangs")
  func probed() {
    var script = PublisherScript()
    #expect(script.machine.nextDeadline == script.now + 5000)
    #expect(script.pass(5000) == [.probe])
    #expect(script.machine.isQuiet && script.machine.oldestOpenAt == script.now)
    #expect(script.ack(1) == [])
    #expect(script.machine.nextDeadline == script.now + 5000)
    #expect(script.pass(5000) == [.probe])
    #expect(script.intake() == [.publish(ticket: 1, tag: 3)])
    #expect(script.pass(999) == [])
    #expect(script.pass(1) == [.spoolHeld(ticket: 1), .report(.condition(.stalled))])
    #expect(script.heldStored(1) == [])
    #expect(script.ack(2) == [.report(.condition(.connected))])
    #expect(script.returned([0]) == 0)
    #expect(script.ack(3) == [.lateConfirmed(ticket: 1)])
    #expect(script.ledger == [1, 1, 0, 0, 0, 0])
  }

  @Test("a link that owes the confirm of a probe for too long is cut; one that is blocked is not probed")
  func probeLost() {
    var script = PublisherScript()
    _ = script.pass(5000)
    #expect(script.pass(1000) == [.report(.condition(.stalled))])
    #expect(script.pass(40_000) == [.cut])
    #expect(script.lose() == [.report(.condition(.away))])
    _ = script.open()
    _ = script.act { $0.blocked(now: $1, &$2) }
    #expect(script.machine.nextDeadline == nil)
    #expect(script.pass(60_000) == [])
  }

  @Test("a late ack deletes the held copy and ends the stall")
  func lateAck() {
    var script = PublisherScript()
    _ = script.intake()
    _ = script.pass(1000)
    #expect(script.heldStored(1) == [])
    #expect(script.machine.isQuiet)
    #expect(script.ack(1) == [.lateConfirmed(ticket: 1), .report(.condition(.connected))])
    #expect(script.ledger == [1, 1, 0, 0, 0, 0])
    #expect(script.intake() == [.published(2)])
  }

  @Test("an ack that overtakes the spool's answer is the outcome; the copy is deleted as soon as it is there")
  func ackBeforeStored() {
    var script = PublisherScript()
    _ = script.intake(2)
    _ = script.pass(1000)
    #expect(script.ack(2, multiple: true).prefix(2) == [.confirmed(ticket: 1), .confirmed(ticket: 2)])
    #expect(script.heldStored(1) == [.lateConfirmed(ticket: 1)])
    script.machine.heldFailed(2)
    #expect(script.ledger == [2, 2, 0, 0, 0, 0])
  }

  enum End: CaseIterable, Sendable { case nack, returned, lost }

  @Test("a late nack, return or lost link releases the held copy, whichever comes first", arguments: End.allCases)
  func released(end: End) {
    for isStoredFirst in [true, false] {
      var script = PublisherScript()
      _ = script.intake()
      _ = script.pass(1000)
      var actions = isStoredFirst ? script.heldStored(1) : []
      switch end {
      case .nack: actions += script.nack(1)
      case .returned:
        #expect(script.returned([1]) == 1)
        actions += script.ack(1)
      case .lost: actions += script.lose()
      }
      if !isStoredFirst { actions += script.heldStored(1) }
      actions.removeAll { if case .report = $0 { true } else { false } }
      #expect(actions == [.lateReleased(ticket: 1)])
      #expect(script.ledger == [1, 0, end == .returned ? 1 : 0, end == .nack ? 1 : 0, end == .lost ? 1 : 0, 0])
    }
  }

  @Test("a copy that the spool cannot hold is nobody's any more, and its late ack only counts")
  func heldFailed() {
    var script = PublisherScript()
    _ = script.intake()
    _ = script.pass(1000)
    script.machine.heldFailed(1)
    #expect(script.ack(1) == [.report(.condition(.connected))])
    #expect(script.ledger == [1, 1, 0, 0, 0, 0])
  }

  @Test("a late letter fails, a late spooled copy waits for its link; both mark the broker stalled")
  func othersLate() {
    var script = PublisherScript()
    _ = script.submit(.letter)
    #expect(script.pass(1000) == [.failed(ticket: 1), .report(.condition(.stalled))])
    #expect(script.ack(1) == [.report(.condition(.connected))])
    _ = script.submit(.spooled)
    #expect(script.pass(1000) == [.report(.condition(.stalled))])
    #expect(script.ack(2) == [.confirmed(ticket: 2), .report(.condition(.connected))])
  }

  @Test("a copy that waits for a place until its deadline goes to the spool and leaves no tag")
  func waitingTooLong() {
    var script = PublisherScript()
    _ = script.submit(.spooled, count: 1024)
    script.now += 500
    _ = script.intake()
    _ = script.pass(499)
    _ = script.ack(1)
    // It was published by now; the next one is not.
    _ = script.submit(.spooled)
    script.now += 100
    #expect(script.act { $0.submitted(5000, bytes: 1, .intake(deadline: $1), now: $1, &$2) } == [.spool(ticket: 5000)])
  }

  @Test("what was published before a stall ended is not held against the broker again, what comes later is")
  func noFlapping() {
    var script = PublisherScript()
    _ = script.intake()
    script.now += 900
    _ = script.intake()
    #expect(script.pass(100).contains(.report(.condition(.stalled))))
    #expect(script.ack(1).contains(.report(.condition(.connected))))
    #expect(script.pass(900) == [.spoolHeld(ticket: 2)])
    #expect(script.machine.condition == .connected)
    _ = script.intake()
    #expect(script.pass(1000) == [.spoolHeld(ticket: 3), .report(.condition(.stalled))])
  }

  @Test("a link that sends no confirm for long is cut once, and nothing is published on it any more")
  func cut() {
    var script = PublisherScript()
    _ = script.submit(.spooled)
    _ = script.pass(1000)
    #expect(script.machine.nextDeadline == script.now + 40_000)
    #expect(script.pass(39_999) == [])
    #expect(script.pass(1) == [.cut])
    #expect(script.pass(100_000) == [])
    #expect(script.machine.nextDeadline == nil)
    #expect(script.lose() == [.giveBack(ticket: 1), .report(.condition(.away))])
  }

  @Test("one copy that is never answered costs the link in the end, although others are")
  func lostTag() {
    var script = PublisherScript()
    _ = script.submit(.spooled)
    var cut = false
    for tag in UInt64(2)..<900 where !cut {
      _ = script.intake()
      cut = script.pass(500).contains(.cut)
      // The answer of another ends the stall each time.
      _ = script.ack(tag)
    }
    #expect(cut)
    #expect(script.now == 1_000_000 + 400_000)
  }

  @Test("an alarm sends what waits and what comes to the spool, and costs no link however long it lasts")
  func blocked() {
    var script = PublisherScript()
    _ = script.intake(1025)
    #expect(script.act { $0.blocked(now: $1, &$2) } == [.spool(ticket: 1025), .report(.condition(.blocked))])
    #expect(script.act { $0.blocked(now: $1, &$2) } == [])
    #expect(script.intake() == [.spool(ticket: 1026)])
    #expect(script.pass(1000).count == 1024)
    #expect(script.pass(10_000_000) == [])
    #expect(script.machine.nextDeadline == nil)
    #expect(script.act { $0.unblocked(now: $1, &$2) } == [.report(.condition(.stalled))])
    #expect(script.pass(40_999) == [])
    #expect(script.ack(1).contains(.report(.condition(.connected))))
  }

  @Test("after an alarm that nothing was late in, publishing goes on")
  func shortAlarm() {
    var script = PublisherScript()
    _ = script.act { $0.blocked(now: $1, &$2) }
    #expect(script.act { $0.unblocked(now: $1, &$2) } == [.report(.condition(.connected))])
    #expect(script.act { $0.unblocked(now: $1, &$2) } == [])
    #expect(script.intake() == [.published(1)])
  }
}
