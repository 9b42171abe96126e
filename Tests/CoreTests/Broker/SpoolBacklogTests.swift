import Core
import Testing

@Suite("SpoolBacklog: new copies behind the spooled ones")
struct SpoolBacklogTests {
  private static let many = PublisherMachine.Limits().backlogDepth + 1

  /// Connected, with `published` spooled copies confirmed and `came` new ones within the last window.
  private func script(published: Int, came: Int) -> PublisherScript {
    var script = PublisherScript()
    for _ in 0..<published { _ = script.submit(.spooled) }
    for _ in 0..<came { _ = script.intake() }
    for tag in 1...max(1, published + came) { _ = script.ack(UInt64(tag)) }
    script.now += 500
    return script
  }

  private func read(
    _ script: inout PublisherScript, copies: Int = many, fill: Double = 0.1, canWrite: Bool = true
  ) {
    #expect(script.machine.wantsSpoolReading(script.now))
    script.machine.spoolRead(SpoolBacklog.Reading(copies: copies, fill: fill, canWrite: canWrite), now: script.now)
  }

  @Test("new copies go behind a deep backlog that becomes smaller much faster than they come")
  func shelves() {
    var script = script(published: 11, came: 1)
    #expect(script.intake() == [.published(13)])
    read(&script)
    #expect(script.intake() == [.shelve(ticket: 14)])
    #expect(script.submit(.letter) == [.publish(ticket: 15, tag: 14)])
  }

  @Test(
    "they go to the broker if the backlog is small, if they are many beside it, or if the spool is half full or cannot be written to",
    arguments: [
      (10, 0, many - 1, 0.1, true), (10, 2, many, 0.1, true), (10, 0, many, 0.5, true), (10, 0, many, 0.1, false),
    ])
  func publishes(published: Int, came: Int, copies: Int, fill: Double, canWrite: Bool) {
    var script = script(published: published, came: came)
    read(&script, copies: copies, fill: fill, canWrite: canWrite)
    let place = UInt64(published + came + 1)
    #expect(script.intake() == [.published(place)])
  }

  @Test("nobody looks at the spool while nothing is published from it")
  func idle() {
    let script = script(published: 0, came: 5)
    #expect(!script.machine.wantsSpoolReading(script.now))
  }

  @Test("it is looked at again after a window, and when the backlog is gone new copies go to the broker")
  func ends() {
    var script = script(published: 10, came: 0)
    read(&script)
    #expect(!script.machine.wantsSpoolReading(script.now + 499))
    script.now += 500
    read(&script, copies: 0)
    #expect(script.intake() == [.published(11)])
  }

  @Test("a copy that the spool could not take goes to the broker when it is handed in again, and so do the next ones")
  func shelfFails() {
    var script = script(published: 10, came: 0)
    read(&script)
    #expect(script.intake() == [.shelve(ticket: 11)])
    script.machine.shelfFailed(now: script.now)
    let again = script.act { $0.submitted(11, bytes: 100, .intake(deadline: $1 + 1000), now: $1, &$2) }
    #expect(again == [])
    #expect(script.endTurn() == [.published(11)])
    #expect(script.intake() == [.published(12)])
  }

  @Test("a new link begins with the broker")
  func newLink() {
    var script = script(published: 10, came: 0)
    read(&script)
    _ = script.lose()
    #expect(script.intake() == [.spool(ticket: 11)])
    _ = script.open()
    #expect(script.intake() == [.publish(ticket: 12, tag: 1)])
  }
}
