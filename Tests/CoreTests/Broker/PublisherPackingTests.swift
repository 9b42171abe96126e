import Core
import Testing

@Suite("PublisherMachine: many copies in a message")
struct PublisherPackingTests {
  private static let later = PublisherCopy.intake(deadline: 1_000_000 + 1000)

  /// What was published: tickets by tag.
  private func messages(_ actions: [PublisherAction]) -> [[UInt64]] {
    var messages: [(tag: UInt64, tickets: [UInt64])] = []
    for case .publish(let ticket, let tag) in actions {
      if messages.last?.tag == tag {
        messages[messages.count - 1].tickets.append(ticket)
      } else {
        messages.append((tag, [ticket]))
      }
    }
    #expect(
      messages.map(\.tag) == (messages.first.map { $0.tag..<$0.tag + UInt64(messages.count) }.map(Array.init) ?? []))
    return messages.map(\.tickets)
  }

  /// Copies 1 to 3 in the message 1, copy 4 in the message 2.
  private func two() -> PublisherScript {
    var script = PublisherScript(packCopies: 3)
    _ = script.submit(Self.later, count: 4, lane: 0)
    #expect(messages(script.endTurn()) == [[1, 2, 3], [4]])
    return script
  }

  @Test("what waits when a turn ends goes together, by queue and in order; letters go alone")
  func gathered() {
    var script = PublisherScript(packCopies: 100)
    #expect(script.submit(Self.later, count: 2, lane: 0) == [])
    #expect(script.submit(Self.later, lane: 1) == [] && script.submit(.letter) == [])
    #expect(script.submit(.spooled, lane: 0) == [] && script.submit(Self.later, lane: nil) == [])
    // The spooled copy has its share first; it shares a message with those that clients wait for.
    #expect(messages(script.endTurn()) == [[5, 1, 2], [3], [4], [6]])
    #expect(script.endTurn() == [])
    #expect(script.ledger == [6, 0, 0, 0, 0, 6])
  }

  @Test("a message has at most so many copies, and so many bytes; a larger copy goes alone")
  func limits() {
    var script = PublisherScript(packCopies: CopyPack.maxCopies)
    _ = script.submit(Self.later, count: 600, lane: 0)
    #expect(messages(script.endTurn()).map(\.count) == [256, 256, 88])
    var large = PublisherScript(packCopies: CopyPack.maxCopies)
    _ = large.submit(Self.later, count: 3, bytes: CopyPack.maxBytes / 2, lane: 0)
    _ = large.submit(Self.later, bytes: CopyPack.maxBytes + 1, lane: 0)
    #expect(messages(large.endTurn()) == [[1, 2], [3], [4]])
  }

  @Test("the window counts copies, not messages")
  func window() {
    var script = PublisherScript(packCopies: CopyPack.maxCopies)
    _ = script.submit(Self.later, count: 1030, lane: 0)
    #expect(messages(script.endTurn()).map(\.count) == [256, 256, 256, 256])
    #expect(script.endTurn() == [])
    #expect(script.machine.nextDeadline != script.now + 5)
    #expect(script.ack(0, multiple: true).count == 1024)
    #expect(messages(script.endTurn()) == [Array(1025...1030)])
  }

  /// 20 copies are unconfirmed in the message 1; 9 wait for company.
  private func crowded() -> PublisherScript {
    var script = PublisherScript(packCopies: CopyPack.maxCopies)
    _ = script.submit(Self.later, count: 20, lane: 0)
    #expect(messages(script.endTurn()).map(\.count) == [20])
    _ = script.submit(Self.later, count: 9, lane: 0)
    #expect(script.endTurn() == [])
    #expect(!script.machine.isGathering(script.now))
    return script
  }

  @Test("a copy goes at once while few are unconfirmed, however few it has for company")
  func fewUnconfirmed() {
    var script = PublisherScript(packCopies: CopyPack.maxCopies)
    for ticket in UInt64(1)...16 {
      _ = script.submit(Self.later, lane: 0)
      #expect(messages(script.endTurn()) == [[ticket]])
    }
    _ = script.submit(Self.later, lane: 0)
    #expect(script.endTurn() == [])
  }

  @Test("while many are unconfirmed copies wait for a confirm, for half as many, or for 5 ms")
  func company() {
    var script = crowded()
    #expect(script.ack(1).count == 20)
    #expect(messages(script.endTurn()) == [Array(21...29)])
    script = crowded()
    _ = script.submit(Self.later, lane: 1)
    #expect(messages(script.endTurn()) == [Array(21...29), [30]])
    script = crowded()
    #expect(script.machine.nextDeadline == script.now + 5)
    #expect(script.pass(4) == [] && script.endTurn() == [])
    #expect(messages(script.pass(1)) == [Array(21...29)])
    // A pack that is full waits for nothing.
    _ = script.submit(Self.later, count: 600, lane: 0)
    #expect(messages(script.endTurn()).map(\.count) == [256, 256, 88])
    _ = script.submit(Self.later, count: 256, lane: 0)
    #expect(messages(script.endTurn()).map(\.count) == [256])
  }

  @Test("those that wait for company go to the spool in time, and nothing wakes for them any more")
  func companyInVain() {
    PublisherScript.expectInVain(crowded)
  }

  @Test("bytes that only wait for the end of the turn do not turn others away")
  func waitingBytes() {
    var script = PublisherScript(packCopies: 4)
    #expect(script.intake(16, bytes: 1 << 20) == [])
    #expect(messages(script.intake(bytes: 1)).count == 16)
    #expect(script.endTurn() == [])
    #expect(messages(script.pass(5)) == [[17]])
  }

  @Test("one confirm is that of every copy, one nack or return sends every copy to the spool")
  func answered() {
    var script = two()
    #expect(script.ack(1) == [.confirmed(ticket: 1), .confirmed(ticket: 2), .confirmed(ticket: 3)])
    #expect(script.ack(1) == [.report(.oddConfirm(tag: 1))])
    #expect(script.nack(2) == [.spool(ticket: 4)])
    script = two()
    #expect(script.nack(1) == [.spool(ticket: 1), .spool(ticket: 2), .spool(ticket: 3)])
    script = two()
    // A return names the first copy.
    #expect(script.returned([2]) == 0)
    #expect(script.returned([1]) == 3)
    #expect(
      script.ack(2, multiple: true)
        == [.spool(ticket: 1), .spool(ticket: 2), .spool(ticket: 3), .confirmed(ticket: 4)])
    #expect(script.ledger == [4, 1, 3, 0, 0, 0])
    script = two()
    #expect(script.ack(0, multiple: true).count == 4)
  }

  @Test("late copies of one message are held one by one, and a late answer is that of every one")
  func late() {
    var script = two()
    #expect(script.pass(1000).filter { if case .spoolHeld = $0 { true } else { false } }.count == 4)
    for ticket in UInt64(1)...2 { #expect(script.heldStored(ticket) == []) }
    // The third overtakes the spool.
    #expect(
      script.ack(1)
        == [
          .lateConfirmed(ticket: 1), .lateConfirmed(ticket: 2), .confirmed(ticket: 3), .report(.condition(.connected)),
        ])
    #expect(script.heldStored(3) == [.lateConfirmed(ticket: 3)])
    #expect(script.heldStored(4) == [])
    #expect(script.lose() == [.lateReleased(ticket: 4), .report(.condition(.away))])
    #expect(script.ledger == [4, 3, 0, 0, 1, 0])
  }

  @Test("a return is asked of the next copy where nobody waits for the first any more")
  func returnedWithoutFirst() {
    var script = two()
    _ = script.pass(1000)
    script.machine.heldFailed(1)
    _ = script.heldStored(2)
    _ = script.heldStored(3)
    var asked: [UInt64: Bool] = [:]
    let count = script.machine.returned { ticket, isFirst in
      asked[ticket] = isFirst
      return ticket == 2
    }
    #expect(asked == [2: false, 4: true] && count == 3)
    #expect(
      script.ack(1)
        == [.lateReleased(ticket: 2), .lateReleased(ticket: 3), .report(.condition(.connected))])
    #expect(script.ledger == [4, 0, 3, 0, 1, 0])
  }

  @Test("deadlines hold in the order of arrival, whatever message a copy is in")
  func deadlines() {
    var script = PublisherScript(packCopies: 3)
    _ = script.submit(.intake(deadline: script.now + 300), lane: 0)
    _ = script.submit(.intake(deadline: script.now + 500), lane: 1)
    _ = script.submit(.intake(deadline: script.now + 700), lane: 0)
    #expect(messages(script.endTurn()) == [[1, 3], [2]])
    #expect(script.pass(300) == [.spoolHeld(ticket: 1)])
    #expect(script.machine.nextDeadline == script.now + 200)
    #expect(script.pass(200) == [.spoolHeld(ticket: 2)])
    #expect(script.pass(200) == [.spoolHeld(ticket: 3)])
  }

  @Test("a link that is lost spools every copy, and the next one counts from 1")
  func lost() {
    var script = two()
    _ = script.submit(Self.later, lane: 0)
    #expect(script.lose().count == 6)
    _ = script.open()
    _ = script.submit(Self.later, count: 2, lane: 0)
    #expect(script.endTurn() == [.publish(ticket: 6, tag: 1), .publish(ticket: 7, tag: 1)])
    #expect(!script.machine.isGathering(script.now))
  }

  @Test("places that are given out beyond the first ring keep their tags")
  func growth() {
    var script = PublisherScript(packCopies: 3)
    _ = script.submit(.spooled)
    _ = script.endTurn()
    var tag: UInt64 = 1
    for _ in 0..<1000 {
      _ = script.submit(Self.later, count: 5, lane: 0)
      #expect(messages(script.endTurn()).map(\.count) == [3, 2])
      #expect(script.ack(tag + 2).count == 2)
      #expect(script.ack(tag + 1).count == 3)
      tag += 2
    }
    #expect(script.ack(1) == [.confirmed(ticket: 1)])
    #expect(script.ledger == [5001, 5001, 0, 0, 0, 0])
  }
}
