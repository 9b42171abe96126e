import Core
import Testing

@Suite("PublisherMachine: copies and confirms")
struct PublisherMachineTests {
  @Test("a copy is published at once and confirmed by its tag")
  func confirmed() {
    var script = PublisherScript()
    #expect(script.intake(3) == [.published(1), .published(2), .published(3)])
    #expect(script.ack(2) == [.confirmed(ticket: 2)])
    #expect(script.ack(1) == [.confirmed(ticket: 1)])
    #expect(script.ledger == [3, 2, 0, 0, 0, 1])
    #expect(!script.machine.isQuiet)
    #expect(script.ack(3) == [.confirmed(ticket: 3)])
    #expect(script.machine.isQuiet)
    #expect(script.machine.nextDeadline == script.now + 5000)
  }

  @Test("an ack of many settles every open tag up to its own, in order; tag 0 is all")
  func multiple() {
    var script = PublisherScript()
    _ = script.intake(6)
    _ = script.ack(2)
    #expect(script.ack(4, multiple: true) == [.confirmed(ticket: 1), .confirmed(ticket: 3), .confirmed(ticket: 4)])
    #expect(script.ack(0, multiple: true) == [.confirmed(ticket: 5), .confirmed(ticket: 6)])
    #expect(script.ack(0, multiple: true) == [])
  }

  @Test("tags that are unknown or answered before change nothing and are reported once a link")
  func oddTags() {
    var script = PublisherScript()
    _ = script.intake(3)
    _ = script.ack(1)
    #expect(script.ack(1) == [.report(.oddConfirm(tag: 1))])
    for tag in [0, 1, 4, UInt64.max] { #expect(script.ack(tag) == []) }
    #expect(script.nack(1 << 40, multiple: true) == [])
    #expect(script.ledger == [3, 1, 0, 0, 0, 2])
    _ = script.lose()
    _ = script.open()
    #expect(script.ack(9) == [.report(.oddConfirm(tag: 9))])
  }

  @Test("a nack sends an intake copy to the spool, a spooled one back, and fails a letter")
  func nacked() {
    var script = PublisherScript()
    _ = script.intake()
    _ = script.submit(.spooled)
    _ = script.submit(.letter)
    #expect(
      script.nack(3, multiple: true) == [.spool(ticket: 1), .giveBack(ticket: 2), .failed(ticket: 3)])
    #expect(script.ledger == [3, 0, 0, 3, 0, 0])
  }

  @Test("the ack that follows a return is no confirm")
  func returned() {
    var script = PublisherScript()
    _ = script.intake(2)
    _ = script.submit(.spooled)
    _ = script.submit(.letter)
    #expect(script.returned([1, 3, 4]) == 3)
    #expect(script.returned([1]) == 0)
    #expect(
      script.ack(4, multiple: true)
        == [.spool(ticket: 1), .confirmed(ticket: 2), .giveBack(ticket: 3), .failed(ticket: 4)])
    #expect(script.ledger == [4, 1, 3, 0, 0, 0])
  }

  @Test("a return is not asked about of copies that nobody waits for any more")
  func returnedAfterEnd() {
    var script = PublisherScript()
    _ = script.submit(.letter)
    _ = script.intake()
    #expect(script.pass(1000).contains(.failed(ticket: 1)))
    script.machine.heldFailed(2)
    var asked: [UInt64] = []
    _ = script.machine.returned { ticket, _ in
      asked.append(ticket)
      return true
    }
    #expect(asked == [])
    #expect(script.ack(2, multiple: true) == [.report(.condition(.connected))])
  }

  @Test("a return counts as one although its link ends before the ack")
  func returnedAndLost() {
    var script = PublisherScript()
    _ = script.intake(2)
    _ = script.returned([2])
    #expect(script.lose() == [.spool(ticket: 1), .spool(ticket: 2), .report(.condition(.away))])
    #expect(script.ledger == [2, 0, 1, 0, 1, 0])
  }

  @Test("at most 1024 copies are unanswered; each answer lets the next ones go")
  func window() {
    var script = PublisherScript()
    let actions = script.intake(1030)
    #expect(actions.count == PublisherMachine.Limits().window)
    #expect(script.ack(1) == [.confirmed(ticket: 1)])
    #expect(script.pass(5) == [.published(1025)])
    #expect(script.ack(4, multiple: true).count == 3)
    #expect(script.pass(5) == [.published(1026), .published(1027), .published(1028)])
  }

  @Test("waiting copies go before spooled ones, which keep a share of the window")
  func shares() {
    var script = PublisherScript()
    _ = script.intake(1024)
    _ = script.submit(.spooled, count: 300)
    _ = script.intake(1000)
    // 1024 tags are open; tickets 1025–1324 are spooled, 1325 and on intake.
    let actions = script.ack(512, multiple: true)
    let published = actions.compactMap { action -> UInt64? in
      if case .publish(let ticket, _) = action { ticket } else { nil }
    }
    #expect(published.count == 512)
    #expect(published.count { (1025...1324).contains($0) } == PublisherMachine.Limits().spooledShare)
    #expect(published.last == 1325 + 511 - UInt64(PublisherMachine.Limits().spooledShare))
    // With nobody else waiting, spooled ones take what they can.
    var alone = PublisherScript()
    #expect(alone.submit(.spooled, count: 600).count == 600)
  }

  @Test(
    "while clients come and go, spooled copies get no more than their share, so that a client's confirm is not behind hundreds"
  )
  func sharesBesideClients() {
    let limits = PublisherMachine.Limits()
    var script = PublisherScript()
    _ = script.intake(1)
    _ = script.ack(1)
    #expect(script.submit(.spooled, count: 600).count == limits.spooledShare)
    // Each confirm makes room for one more.
    #expect(script.ack(2).count { if case .publish = $0 { true } else { false } } == 1)
    script.now += limits.clientTime
    #expect(script.ack(3).count { if case .publish = $0 { true } else { false } } == 600 - limits.spooledShare - 1)
  }

  @Test("what waits is bounded in bytes: beyond that a copy goes to the spool at once")
  func waitingBytes() {
    var script = PublisherScript()
    _ = script.intake(1024)
    #expect(script.intake(16, bytes: 1 << 20) == [])
    #expect(script.intake(bytes: 1) == [.spool(ticket: 1041)])
    #expect(script.submit(.letter) == [.failed(ticket: 1042)])
    #expect(script.submit(.spooled) == [])
    // The spooled copy takes the first place, the first of the large ones the second.
    #expect(script.ack(2, multiple: true) == [.confirmed(ticket: 1), .confirmed(ticket: 2)])
    // One that finds no room makes those go that only wait for company.
    #expect(
      script.intake(bytes: 1 << 20) == [.publish(ticket: 1043, tag: 1025), .publish(ticket: 1025, tag: 1026)])
  }

  @Test("without a link everything is turned away")
  func away() {
    var script = PublisherScript(isConnected: false)
    #expect(script.machine.condition == .away)
    #expect(script.intake() == [.spool(ticket: 1)])
    #expect(script.submit(.spooled) == [.giveBack(ticket: 2)])
    #expect(script.submit(.letter) == [.failed(ticket: 3)])
    #expect(script.lose() == [])
    #expect(script.open() == [.report(.condition(.connected))])
    #expect(script.intake() == [.publish(ticket: 4, tag: 1)])
  }

  @Test("a lost link turns away what it has not answered for and what waits, and the next one counts from 1")
  func lost() {
    var script = PublisherScript()
    _ = script.intake(1025)
    _ = script.submit(.spooled)
    let actions = script.lose()
    #expect(actions.count == 1027)
    #expect(actions.dropLast().suffix(2) == [.spool(ticket: 1025), .giveBack(ticket: 1026)])
    #expect(script.ledger == [1024, 0, 0, 0, 1024, 0])
    #expect(script.ack(1, multiple: true) == [])
    _ = script.open()
    #expect(script.intake() == [.publish(ticket: 1027, tag: 1)])
  }

  @Test("a process that goes down publishes nothing more, and what is unanswered may still be confirmed")
  func stopped() {
    var script = PublisherScript()
    _ = script.intake(1025)
    #expect(script.act { machine, _, actions in machine.stopped(&actions) } == [.spool(ticket: 1025)])
    #expect(script.intake() == [.spool(ticket: 1026)])
    #expect(script.submit(.spooled) == [.giveBack(ticket: 1027)])
    #expect(!script.machine.isQuiet)
    #expect(script.ack(0, multiple: true).count == 1024)
    #expect(script.machine.isQuiet)
  }

  @Test("a tag that is never answered does not stop others until the span between is used up, and then the link is cut")
  func span() {
    var script = PublisherScript()
    _ = script.submit(.spooled)
    var tag: UInt64 = 1
    for _ in 0..<65_535 {
      tag += 1
      #expect(script.intake() == [.published(tag)])
      _ = script.ack(tag)
    }
    #expect(script.intake() == [])
    #expect(script.pass(41_000).contains(.cut))
    #expect(script.lose().contains(.giveBack(ticket: 1)))
    _ = script.open()
    #expect(script.intake() == [.publish(ticket: 65_538, tag: 1)])
  }
}
