import Core
import Testing

@Suite("ConsumerCopies") struct ConsumerCopiesTests {
  typealias Copies = ConsumerCopies

  private static let parking = Parking(dueAt: 5000, lane: "chat", attempt: 2)
  private static let note = DeathNote(reason: .rejected, attempt: 1, lastStatus: 400, lastError: "no")

  /// Copy 1 is with its worker.
  private var one: Copies {
    var copies = Copies()
    copies.delivered(1)
    return copies
  }

  @Test(
    "each settlement takes its own way to the ack",
    arguments: [
      (.delivered, .ack), (.disabled, .ack), (.parked(parking), .park(parking)), (.dead(note), .write(note)),
      (.returned, .park(Parking(dueAt: 99, lane: "", attempt: 3))),
    ] as [(Settlement, Copies.Step)])
  func firstStep(_ settlement: Settlement, _ step: Copies.Step) {
    var copies = one
    #expect(copies.settled(1, settlement, attempt: 3, unix: 99) == step)
    #expect(copies.isBusy == (step != .ack))
    #expect(copies.count == (step == .ack ? 0 : 1))
    #expect(copies.withWorker == 0)
  }

  @Test("a parked copy is acked once it is on disk")
  func parked() {
    var copies = one
    _ = copies.settled(1, .parked(Self.parking), attempt: 0, unix: 0)
    #expect(copies.stored(1, isStored: true, now: 10) == .ack)
    #expect(!copies.isBusy && copies.count == 0)
  }

  @Test("what its worker has not settled is counted apart from what is on its way")
  func withWorker() {
    var copies = one
    copies.delivered(2)
    #expect(copies.withWorker == 2 && copies.count == 2)
    _ = copies.settled(1, .parked(Self.parking), attempt: 0, unix: 0)
    #expect(copies.settled(1, .delivered, attempt: 0, unix: 0) == nil)
    #expect(copies.withWorker == 1 && copies.count == 2)
    copies.stopped()
    #expect(copies.settled(2, .returned, attempt: 0, unix: 0) == nil)
    #expect(copies.withWorker == 1)
    copies.channelLost()
    #expect(copies.withWorker == 0 && copies.count == 0)
  }

  @Test("what the disk refuses stays unacked and is tried again every second")
  func refusedByTheDisk() {
    var copies = one
    _ = copies.settled(1, .parked(Self.parking), attempt: 0, unix: 0)
    #expect(copies.stored(1, isStored: false, now: 10) == nil)
    #expect(!copies.isBusy)
    #expect(copies.nextDeadline == 1010)
    let due = copies.timePassed(1009)
    #expect(due.isEmpty)
    let again = copies.timePassed(1010)
    #expect(again.map(\.tag) == [1] && again.map(\.step) == [.park(Self.parking)])
    #expect(copies.nextDeadline == nil && copies.isBusy)
    #expect(copies.stored(1, isStored: true, now: 1011) == .ack)
  }

  @Test(
    "a dead letter that the broker does not take is offered again for some seconds, then buried on disk before the ack")
  func buried() {
    var copies = one
    _ = copies.settled(1, .dead(Self.note), attempt: 0, unix: 0)
    for write in 1..<Int64(Copies.maxWrites) {
      #expect(copies.written(1, isConfirmed: false, now: write * 1000) == nil)
      #expect(!copies.isBusy && copies.nextDeadline == write * 1000 + 1000)
      #expect(copies.timePassed(write * 1000 + 1000).map(\.step) == [.write(Self.note)])
    }
    #expect(copies.written(1, isConfirmed: false, now: 9000) == .bury(Self.note))
    #expect(copies.count == 1)
    #expect(copies.stored(1, isStored: true, now: 0) == .ack)
  }

  @Test("while stopping, a dead letter that the broker does not take is buried at once")
  func buriedAtTheEnd() {
    var copies = one
    _ = copies.settled(1, .dead(Self.note), attempt: 0, unix: 0)
    copies.stopped()
    #expect(copies.written(1, isConfirmed: false, now: 0) == .bury(Self.note))
  }

  @Test("a dead letter that the broker confirmed is acked")
  func written() {
    var copies = one
    _ = copies.settled(1, .dead(Self.note), attempt: 0, unix: 0)
    #expect(copies.written(1, isConfirmed: true, now: 0) == .ack)
    #expect(copies.count == 0)
  }

  @Test("a copy is settled once")
  func settledTwice() {
    var copies = one
    _ = copies.settled(1, .parked(Self.parking), attempt: 0, unix: 0)
    #expect(copies.settled(1, .delivered, attempt: 0, unix: 0) == nil)
    #expect(copies.settled(2, .delivered, attempt: 0, unix: 0) == nil)
  }

  @Test("an answer for a step that is not under way is ignored")
  func strayAnswers() {
    var copies = one
    #expect(copies.stored(1, isStored: true, now: 0) == nil)
    #expect(copies.written(1, isConfirmed: true, now: 0) == nil)
    _ = copies.settled(1, .parked(Self.parking), attempt: 0, unix: 0)
    #expect(copies.written(1, isConfirmed: true, now: 0) == nil)
    #expect(copies.count == 1 && copies.isBusy)
  }

  @Test("while stopping, what comes back untouched is left for the broker; what must wait is still parked")
  func stopping() {
    var copies = one
    copies.delivered(2)
    copies.stopped()
    #expect(copies.settled(1, .returned, attempt: 0, unix: 0) == nil)
    #expect(copies.settled(2, .parked(Self.parking), attempt: 0, unix: 0) == .park(Self.parking))
    #expect(copies.count == 2)
  }

  @Test("a channel that is gone takes everything with it, retries and late answers included")
  func channelLost() {
    var copies = one
    copies.delivered(2)
    _ = copies.settled(1, .parked(Self.parking), attempt: 0, unix: 0)
    _ = copies.settled(2, .parked(Self.parking), attempt: 0, unix: 0)
    _ = copies.stored(1, isStored: false, now: 0)
    copies.channelLost()
    #expect(copies.count == 0 && !copies.isBusy && copies.nextDeadline == nil)
    #expect(copies.stored(2, isStored: true, now: 0) == nil)
    let due = copies.timePassed(5000)
    #expect(due.isEmpty)
  }
}
