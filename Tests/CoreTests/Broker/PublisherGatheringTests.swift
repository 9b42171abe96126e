import Core
import Testing

@Suite("PublisherMachine: copies that wait for company")
struct PublisherGatheringTests {
  private static let all = (UInt64(21)...29).map(PublisherAction.published)

  /// 20 copies are unconfirmed, 9 wait.
  private func crowded() -> PublisherScript {
    var script = PublisherScript()
    #expect(script.intake(20).count == 20)
    #expect(script.intake(9) == [])
    #expect(!script.machine.isGathering(script.now))
    return script
  }

  @Test("a copy goes at once while few are unconfirmed")
  func few() {
    var script = PublisherScript()
    for ticket in UInt64(1)...16 { #expect(script.intake() == [.published(ticket)]) }
    #expect(script.intake() == [])
    #expect(script.ack(1) == [.confirmed(ticket: 1), .published(17)])
  }

  @Test("while many are unconfirmed copies wait until they are half as many")
  func half() {
    var script = crowded()
    #expect(script.intake() == Self.all + [.published(30)])
    script = crowded()
    #expect(script.ack(1) == [.confirmed(ticket: 1)])
    #expect(script.ack(2) == [.confirmed(ticket: 2)] + Self.all)
  }

  @Test("256 copies need no more company, however many are unconfirmed")
  func enough() {
    var script = PublisherScript()
    #expect(script.intake(700).count == 700)
    #expect(script.intake(255) == [])
    #expect(script.intake().count == 256)
  }

  @Test("they wait for 5 ms at most, spooled ones too, and that begins with the first of them")
  func limit() {
    var script = crowded()
    #expect(script.machine.nextDeadline == script.now + 5)
    #expect(script.pass(4) == [])
    #expect(script.submit(.spooled, count: 0) == [])
    #expect(script.machine.nextDeadline == script.now + 1)
    #expect(script.pass(1) == Self.all)
    #expect(script.submit(.spooled) == [])
    #expect(script.pass(5) == [.published(30)])
  }

  @Test("one whose time runs out meanwhile goes to the spool")
  func lateWhileWaiting() {
    var script = PublisherScript()
    _ = script.intake(20)
    #expect(script.submit(.intake(deadline: script.now + 3)) == [])
    #expect(script.pass(3) == [.spool(ticket: 21)])
    #expect(script.machine.nextDeadline != script.now + 2)
  }

  @Test("they go to the spool when the link is lost or the process stops, and nothing wakes for them any more")
  func inVain() {
    PublisherScript.expectInVain(crowded)
  }
}
