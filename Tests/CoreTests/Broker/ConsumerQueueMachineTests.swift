import Core
import Testing

@Suite("ConsumerQueueMachine") struct ConsumerQueueMachineTests {
  typealias Machine = ConsumerQueueMachine

  private func machine(needsLock: Bool = false) -> Machine {
    Machine(Machine.Options(needsLock: needsLock))
  }

  /// Wanted with a prefetch of 10, linked and consuming since 0.
  private func consuming(needsLock: Bool = false) -> Machine {
    var machine = machine(needsLock: needsLock)
    #expect(machine.linkOpened(now: 0) == nil)
    #expect(machine.wanted(prefetch: 10, now: 0) == .prepare)
    if needsLock {
      #expect(machine.prepared(isReady: true, now: 0) == .lock)
      #expect(machine.locked(now: 0) == .consume(prefetch: 10))
    } else {
      #expect(machine.prepared(isReady: true, now: 0) == .consume(prefetch: 10))
    }
    #expect(machine.condition == .preparing)
    #expect(machine.consumeOpened(now: 0) == nil)
    #expect(machine.condition == .consuming)
    return machine
  }

  @Test("a queue that is wanted before there is a link is consumed when it opens")
  func wantedFirst() {
    var machine = machine()
    #expect(machine.wanted(prefetch: 0, now: 0) == nil)
    #expect(machine.condition == .away)
    #expect(machine.linkOpened(now: 5) == .prepare)
    #expect(machine.prepared(isReady: true, now: 6) == .consume(prefetch: 1))
  }

  @Test("a locked queue is consumed only with the lock")
  func withLock() {
    let machine = consuming(needsLock: true)
    #expect(machine.hasLock)
  }

  @Test("a queue whose messages have many copies is consumed anew with fewer of them; what is wanted stays copies")
  func packs() {
    var machine = consuming()
    #expect(machine.wanted(prefetch: 200, now: 1) == .cancel)
    #expect(machine.cancelAnswered(now: 2) == .consume(prefetch: 200))
    _ = machine.consumeOpened(now: 3)
    #expect(machine.received(copies: 1, now: 4) == nil)
    #expect(machine.received(copies: 10, now: 5) == .cancel)
    // What is under way still comes.
    #expect(machine.received(copies: 12, now: 6) == nil)
    #expect(machine.cancelAnswered(now: 7) == .consume(prefetch: 12))
    _ = machine.consumeOpened(now: 8)
    #expect(machine.wantedCopies == 200)
    #expect(machine.heldBack(true, now: 9) == .cancel)
    #expect(machine.wantedCopies == nil)
    #expect(machine.received(copies: 256, now: 10) == nil)
    _ = machine.cancelAnswered(now: 11)
    #expect(machine.heldBack(false, now: 12) == .consume(prefetch: 8))
  }

  @Test("a lock that another has is tried again every five seconds")
  func standingBy() {
    var machine = machine(needsLock: true)
    _ = machine.linkOpened(now: 0)
    _ = machine.wanted(prefetch: 10, now: 0)
    _ = machine.prepared(isReady: true, now: 0)
    for round in 1...3 as ClosedRange<Int64> {
      #expect(machine.channelClosed(code: 405, now: (round - 1) * 5000) == nil)
      #expect(machine.condition == .standingBy)
      #expect(machine.nextDeadline == round * 5000)
      #expect(machine.timePassed(round * 5000 - 1) == nil)
      #expect(machine.timePassed(round * 5000) == .prepare)
      #expect(machine.prepared(isReady: true, now: round * 5000) == .lock)
    }
    #expect(machine.locked(now: 16000) == .consume(prefetch: 10))
  }

  @Test("after a cancel notice it waits 1, 2, 4 and up to 30 seconds, and declares before it consumes")
  func backsOff() {
    var machine = consuming()
    var now: Int64 = 0
    for wait in [1000, 2000, 4000, 8000, 16000, 30000, 30000] as [Int64] {
      #expect(machine.cancelNoticed(now: now) == nil)
      #expect(machine.condition == .refused)
      #expect(machine.nextDeadline == now + wait)
      now += wait
      #expect(machine.timePassed(now) == .prepare)
      #expect(machine.prepared(isReady: true, now: now) == .consume(prefetch: 10))
      #expect(machine.consumeOpened(now: now) == nil)
    }
  }

  @Test("a queue that was consumed for long is tried again after a second")
  func longLife() {
    var machine = consuming()
    _ = machine.cancelNoticed(now: 0)
    _ = machine.timePassed(1000)
    _ = machine.prepared(isReady: true, now: 1000)
    _ = machine.consumeOpened(now: 1000)
    _ = machine.cancelNoticed(now: 31_000)
    #expect(machine.nextDeadline == 32_000)
  }

  @Test("whatever closes the channel, the queue is tried again", arguments: [403, 404, 406, 541])
  func channelErrors(_ code: Int) {
    var machine = consuming()
    #expect(machine.channelClosed(code: code, now: 0) == nil)
    #expect(machine.condition == .refused && !machine.mayReceive)
    #expect(machine.timePassed(1000) == .prepare)
  }

  @Test("an error of another kind while locking is no standing by")
  func lockRefused() {
    var machine = machine(needsLock: true)
    _ = machine.linkOpened(now: 0)
    _ = machine.wanted(prefetch: 10, now: 0)
    _ = machine.prepared(isReady: true, now: 0)
    _ = machine.channelClosed(code: 403, now: 0)
    #expect(machine.condition == .refused)
  }

  @Test("a queue that cannot be declared is tried again")
  func notPrepared() {
    var machine = machine()
    _ = machine.linkOpened(now: 0)
    _ = machine.wanted(prefetch: 10, now: 0)
    #expect(machine.prepared(isReady: false, now: 0) == nil)
    #expect(machine.condition == .refused && machine.nextDeadline == 1000)
  }

  @Test("another prefetch, or none, ends the consumer first")
  func prefetchChanges() {
    var machine = consuming()
    #expect(machine.wanted(prefetch: 10, now: 1) == nil)
    #expect(machine.wanted(prefetch: 3, now: 1) == .cancel)
    #expect(machine.wanted(prefetch: 4, now: 1) == nil)
    #expect(machine.cancelAnswered(now: 2) == .consume(prefetch: 4))
    _ = machine.consumeOpened(now: 2)
    #expect(machine.unwanted(now: 3) == .cancel)
    #expect(machine.cancelAnswered(now: 4) == nil)
    #expect(machine.condition == .resting)
  }

  @Test("what is unwanted while its consumer opens is cancelled when it has opened")
  func unwantedWhileOpening() {
    var machine = machine()
    _ = machine.linkOpened(now: 0)
    _ = machine.wanted(prefetch: 10, now: 0)
    _ = machine.prepared(isReady: true, now: 0)
    #expect(machine.unwanted(now: 0) == nil)
    #expect(machine.consumeOpened(now: 1) == .cancel)
  }

  /// Wanted with a prefetch of 200, 32 for a slow worker, and consuming since 0; the worker has 200.
  private func full() -> Machine {
    var machine = machine()
    _ = machine.linkOpened(now: 0)
    _ = machine.wanted(prefetch: 200, least: 32, now: 0)
    #expect(machine.prepared(isReady: true, now: 0) == .consume(prefetch: 200))
    _ = machine.consumeOpened(now: 0)
    #expect(machine.turnEnded(unsettled: 200, withWorker: 200, done: 0, now: 0) == nil)
    #expect(machine.nextDeadline == 2000)
    return machine
  }

  @Test("a slow worker gets no more until it has what its calls are about, and then as many as it gets done")
  func slow() {
    var machine = full()
    #expect(machine.turnEnded(unsettled: 180, withWorker: 180, done: 20, now: 1000) == nil)
    #expect(machine.turnEnded(unsettled: 200, withWorker: 200, done: 0, now: 2000) == .cancel)
    #expect(machine.wantedCopies == 100)
    #expect(machine.cancelAnswered(now: 2001) == nil)
    #expect(machine.condition == .consuming && machine.nextDeadline == nil)
    #expect(machine.turnEnded(unsettled: 17, withWorker: 17, done: 183, now: 20_000) == nil)
    #expect(machine.turnEnded(unsettled: 16, withWorker: 16, done: 1, now: 20_100) == .consume(prefetch: 100))
    _ = machine.consumeOpened(now: 20_101)
    // What it has from the consumer before is gone before it is judged again.
    #expect(machine.turnEnded(unsettled: 116, withWorker: 116, done: 0, now: 20_102) == nil)
    #expect(machine.turnEnded(unsettled: 100, withWorker: 100, done: 16, now: 22_102) == .cancel)
    #expect(machine.wantedCopies == 50)
  }

  @Test("a slow worker that becomes quicker is given more once its hands are all but empty")
  func quicker() {
    var machine = full()
    _ = machine.turnEnded(unsettled: 200, withWorker: 200, done: 0, now: 2000)
    #expect(machine.cancelAnswered(now: 2001) == nil)
    #expect(machine.turnEnded(unsettled: 0, withWorker: 0, done: 200, now: 3000) == .consume(prefetch: 100))
    _ = machine.consumeOpened(now: 3001)
    #expect(machine.turnEnded(unsettled: 100, withWorker: 100, done: 0, now: 3002) == nil)
    #expect(machine.turnEnded(unsettled: 0, withWorker: 0, done: 200, now: 3003) == .cancel)
    // What was on its way comes with the answer.
    #expect(machine.cancelAnswered(now: 3004) == nil)
    #expect(machine.turnEnded(unsettled: 60, withWorker: 60, done: 0, now: 3004) == nil)
    // 9 are on their way to the disk.
    #expect(machine.turnEnded(unsettled: 25, withWorker: 16, done: 35, now: 3005) == .consume(prefetch: 200))
    _ = machine.consumeOpened(now: 3006)
    #expect(machine.turnEnded(unsettled: 200, withWorker: 200, done: 0, now: 3007) == nil)
  }

  @Test("a quick worker gets a larger consumer before the one it has ends, and a smaller one after that")
  func quick() {
    var machine = full()
    #expect(machine.turnEnded(unsettled: 200, withWorker: 200, done: 400, now: 100) == .replace(prefetch: 400))
    #expect(machine.turnEnded(unsettled: 600, withWorker: 600, done: 0, now: 101) == nil)
    #expect(machine.consumeOpened(now: 102) == nil)
    #expect(machine.turnEnded(unsettled: 400, withWorker: 400, done: 0, now: 103) == nil)
    #expect(machine.turnEnded(unsettled: 400, withWorker: 400, done: 0, now: 2103) == .cancel)
    #expect(machine.cancelAnswered(now: 2104) == nil)
    #expect(machine.turnEnded(unsettled: 16, withWorker: 16, done: 384, now: 2105) == .consume(prefetch: 200))
    // Unwanted while the larger one opens: it ends as soon as it is there.
    var left = full()
    _ = left.turnEnded(unsettled: 200, withWorker: 200, done: 400, now: 100)
    #expect(left.unwanted(now: 101) == nil)
    #expect(left.consumeOpened(now: 102) == .cancel)
    #expect(left.cancelAnswered(now: 103) == nil)
    #expect(left.condition == .resting)
  }

  @Test("a worker that is to have all that it wants, however slow, is not watched")
  func unwatched() {
    var machine = consuming()
    #expect(machine.turnEnded(unsettled: 10, withWorker: 10, done: 0, now: 0) == nil)
    #expect(machine.nextDeadline == nil)
    #expect(machine.turnEnded(unsettled: 10, withWorker: 10, done: 0, now: 60_000) == nil)
    #expect(machine.wantedCopies == 10)
  }

  @Test("whatever is wanted while a slow worker waits for room is done at once")
  func wantedWhileSlow() {
    var machine = full()
    _ = machine.turnEnded(unsettled: 200, withWorker: 200, done: 0, now: 2000)
    _ = machine.cancelAnswered(now: 2001)
    var probed = machine
    #expect(probed.probed(prefetch: 4, hasParked: false, now: 2002) == .consume(prefetch: 4))
    var anew = machine
    #expect(anew.wanted(prefetch: 200, least: 64, now: 2002) == .consume(prefetch: 100))
    var stopped = machine
    #expect(stopped.stopped(now: 2002) == nil)
    #expect(stopped.turnEnded(unsettled: 0, withWorker: 0, done: 200, now: 2003) == nil)
    // The broker gives all of them again.
    machine.linkLost()
    #expect(machine.linkOpened(now: 2002) == .prepare)
    #expect(machine.prepared(isReady: true, now: 2003) == .consume(prefetch: 100))
  }

  @Test("fewer copies of large packs may be as many messages: the consumer stays")
  func slowWithPacks() {
    var machine = full()
    #expect(machine.received(copies: 256, now: 1) == .cancel)
    #expect(machine.cancelAnswered(now: 2) == .consume(prefetch: 8))
    _ = machine.consumeOpened(now: 3)
    _ = machine.turnEnded(unsettled: 512, withWorker: 512, done: 0, now: 4)
    #expect(machine.turnEnded(unsettled: 512, withWorker: 512, done: 0, now: 2004) == nil)
    #expect(machine.wantedCopies == 100 && machine.condition == .consuming)
    // A new consumer has nothing to wait for.
    _ = machine.heldBack(true, now: 2005)
    _ = machine.cancelAnswered(now: 2006)
    #expect(machine.heldBack(false, now: 2007) == .consume(prefetch: 8))
  }

  @Test("too many parked copies hold a queue back until there is room")
  func heldBack() {
    var machine = consuming(needsLock: true)
    #expect(machine.heldBack(true, now: 1) == .cancel)
    #expect(machine.cancelAnswered(now: 2) == nil)
    #expect(machine.condition == .heldBack && machine.hasLock)
    #expect(machine.nextDeadline == nil)
    #expect(machine.heldBack(false, now: 3) == .consume(prefetch: 10))
  }

  @Test("a lock is given up when its queue was not wanted for a quarter of an hour, and not before")
  func lockLingers() {
    var machine = consuming(needsLock: true)
    _ = machine.unwanted(now: 1000)
    _ = machine.cancelAnswered(now: 1001)
    #expect(machine.nextDeadline == 901_000)
    _ = machine.unwanted(now: 500_000)
    #expect(machine.timePassed(900_999) == nil)
    #expect(machine.timePassed(901_000) == .unlock)
    #expect(!machine.hasLock && machine.nextDeadline == nil)
    #expect(machine.timePassed(902_000) == nil)
    #expect(machine.wanted(prefetch: 1, now: 903_000) == .lock)
  }

  @Test("a probe leaves the broker's copies where they are as long as one is parked, and takes one of them then")
  func probe() {
    var machine = consuming(needsLock: true)
    #expect(machine.parkedEnded(now: 5) == nil)
    #expect(machine.probed(prefetch: 4, hasParked: true, now: 10) == .cancel)
    #expect(machine.awaitsParked)
    #expect(machine.cancelAnswered(now: 11) == nil)
    #expect(machine.hasLock && machine.nextDeadline == nil)
    #expect(machine.parkedEnded(now: 20) == .consume(prefetch: 4))
    #expect(!machine.awaitsParked)
    _ = machine.consumeOpened(now: 21)
    #expect(machine.probed(prefetch: 4, hasParked: false, now: 30) == nil)
    #expect(!machine.awaitsParked)
    // What is wanted later is all that counts.
    _ = machine.probed(prefetch: 4, hasParked: true, now: 40)
    _ = machine.unwanted(now: 41)
    #expect(!machine.awaitsParked)
  }

  @Test("a worker that goes on with copies of its own keeps the lock")
  func lockKept() {
    var machine = consuming(needsLock: true)
    _ = machine.unwanted(now: 1000)
    _ = machine.cancelAnswered(now: 1001)
    #expect(machine.unwanted(keepsLock: true, now: 2000) == nil)
    #expect(machine.nextDeadline == nil)
    #expect(machine.timePassed(10_000_000) == nil)
    #expect(machine.hasLock)
    _ = machine.unwanted(now: 10_000_000)
    #expect(machine.nextDeadline == 10_900_000)
  }

  @Test("a link that is lost takes the lock with it, and everything is done again")
  func linkLost() {
    var machine = consuming(needsLock: true)
    machine.linkLost()
    #expect(machine.condition == .away && !machine.hasLock && machine.nextDeadline == nil)
    #expect(machine.linkOpened(now: 9) == .prepare)
    #expect(machine.prepared(isReady: true, now: 9) == .lock)
  }

  @Test("a cancel notice that crosses our own cancel changes nothing: the answer comes all the same")
  func crossingCancels() {
    var machine = consuming()
    _ = machine.unwanted(now: 1)
    #expect(machine.cancelNoticed(now: 2) == nil)
    #expect(machine.condition == .consuming)
    #expect(machine.cancelAnswered(now: 3) == nil)
    #expect(machine.wanted(prefetch: 10, now: 4) == .prepare)
  }

  @Test("a machine that is stopped cancels and wants nothing any more")
  func stopped() {
    var machine = consuming()
    #expect(machine.stopped(now: 1) == .cancel)
    #expect(machine.cancelAnswered(now: 2) == nil)
    #expect(machine.wanted(prefetch: 10, now: 3) == nil)
    machine.linkLost()
    #expect(machine.linkOpened(now: 4) == nil)
  }

  @Test("answers that nobody waits for are ignored")
  func strayAnswers() {
    var machine = machine()
    _ = machine.linkOpened(now: 0)
    #expect(machine.prepared(isReady: true, now: 0) == nil)
    #expect(machine.locked(now: 0) == nil)
    #expect(machine.consumeOpened(now: 0) == nil)
    #expect(machine.cancelAnswered(now: 0) == nil)
    #expect(machine.cancelNoticed(now: 0) == nil)
    #expect(machine.condition == .resting)
  }
}
