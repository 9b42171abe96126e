import Core
import Testing

@Suite struct ReconnectMachineTests {
  private var machine = ReconnectMachine(attempts: 3, interval: 10_000, pause: 30_000)

  @Test("the first attempt is at once, three follow 10 s apart, then a pause of 30 s, and again")
  func schedule() {
    var machine = machine
    var begun: [Int64] = []
    var now: Int64 = 0
    if machine.started(now: now) == .attempt { begun.append(now) }
    while begun.count < 9 {
      // An attempt takes a second to fail.
      now += 1000
      var action = machine.attemptFailed(now: now)
      while action == nil, let deadline = machine.nextDeadline {
        #expect(machine.timePassed(now: deadline - 1) == nil)
        now = deadline
        action = machine.timePassed(now: now)
      }
      #expect(action == .attempt)
      begun.append(now)
    }
    #expect(begun == [0, 10_000, 20_000, 30_000, 61_000, 71_000, 81_000, 91_000, 122_000])
  }

  @Test("a link that lived is tried again at once when it is lost")
  func lostLater() {
    var machine = machine
    #expect(machine.started(now: 0) == .attempt)
    machine.linkOpened()
    #expect(machine.nextDeadline == nil)
    #expect(machine.linkLost(now: 10_000) == .attempt)
  }

  @Test("a link that dies at once waits for the rest of the interval")
  func lostAtOnce() {
    var machine = machine
    #expect(machine.started(now: 0) == .attempt)
    machine.linkOpened()
    #expect(machine.linkLost(now: 50) == nil)
    #expect(machine.nextDeadline == 10_000)
    #expect(machine.timePassed(now: 10_000) == .attempt)
    machine.linkOpened()
    #expect(machine.linkLost(now: 10_001) == nil)
    #expect(machine.nextDeadline == 20_000)
  }

  @Test("an attempt that takes longer than the interval is followed by the next at once")
  func slowAttempt() {
    var machine = machine
    #expect(machine.started(now: 0) == .attempt)
    #expect(machine.attemptFailed(now: 12_000) == .attempt)
  }

  @Test("a link that was up starts the count afresh")
  func countStartsAfresh() {
    var machine = machine
    #expect(machine.started(now: 0) == .attempt)
    for now in stride(from: Int64(1), through: 20_001, by: 10_000) {
      #expect(machine.attemptFailed(now: now) == nil)
      #expect(machine.timePassed(now: now + 9999) == .attempt)
    }
    machine.linkOpened()
    #expect(machine.linkLost(now: 100_000) == .attempt)
    #expect(machine.attemptFailed(now: 100_001) == nil)
    #expect(machine.nextDeadline == 110_000)
  }

  @Test("events that do not fit the state do nothing")
  func oddEvents() {
    var machine = machine
    #expect(machine.linkLost(now: 0) == nil)
    #expect(machine.attemptFailed(now: 0) == nil)
    #expect(machine.timePassed(now: 1 << 40) == nil)
    #expect(machine.started(now: 0) == .attempt)
    #expect(machine.started(now: 0) == nil)
  }
}
