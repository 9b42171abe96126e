import Core
import Foundation
import Simulator
import Testing

@Suite("DeliveryMachine: ordered lanes")
struct OrderedLaneTests {
  /// `ORDER_SEEDS` are as many as there is time for.
  private static let seeds = ProcessInfo.processInfo.environment["ORDER_SEEDS"].flatMap(UInt64.init) ?? 300

  private let lane = LaneID(scope: "s", name: "a")
  private var machine = DeliveryMachine(
    limits: [16], retry: RetryPolicy(maxAttempts: 3, backoff: Backoff(delay: 2000, maxDelay: 600_000)))
  private var now: Int64 = 1_000_000
  /// Retry waits that go so far are exactly this long.
  private var wait: UInt64 = 2000

  init() { _ = machine.started(queues: [0]) }

  private var moment: Moment { Moment(monotonic: now, unix: now) }

  private mutating func deliver(_ rows: ClosedRange<UInt64>, lane: String = "a", attempt: Int = 0) -> [DeliveryAction] {
    machine.delivered(
      rows.map { row in
        HeldCopy(
          ticket: row, queue: 0, messageID: "m\(row)", attempt: attempt, lane: LaneID(scope: "s", name: lane),
          kind: .ordered, row: row)
      }, now: moment)
  }

  private mutating func complete(_ ticket: UInt64, _ outcome: SendOutcome) -> [DeliveryAction] {
    machine.completed(ticket, outcome, now: moment, random: wait)
  }

  private mutating func pass(_ milliseconds: Int64) -> [DeliveryAction] {
    now += milliseconds
    return machine.timePassed(moment)
  }

  private static func asleep(_ ticket: UInt64, attempt: Int = 0, lane: String = "a") -> DeliveryAction {
    .settle(ticket: ticket, .parked(Parking(dueAt: Parking.asleep, lane: lane, attempt: attempt)))
  }

  @Test("the copies of a pair are sent one at a time, in the order of their rows; other pairs go on beside")
  mutating func order() {
    #expect(deliver(2...4) == [.send(ticket: 2)])
    #expect(deliver(5...5, lane: "b") == [.send(ticket: 5)])
    // One that an operator replays has an older place.
    #expect(deliver(1...1) == [])
    #expect(complete(2, .done) == [.settle(ticket: 2, .delivered), .send(ticket: 1)])
    #expect(complete(1, .done) == [.settle(ticket: 1, .delivered), .send(ticket: 3)])
    let note = DeathNote(reason: .rejected, attempt: 1, lastStatus: 400, lastError: "400")
    #expect(complete(3, .rejected(.bad)) == [.settle(ticket: 3, .dead(note)), .send(ticket: 4)])
  }

  @Test("while the oldest waits for another try those behind it sleep; it is woken first, alone, and then they are")
  mutating func retry() {
    _ = deliver(1...3)
    let failed = complete(1, .down)
    #expect(failed == [Self.asleep(1, attempt: 1), Self.asleep(2), Self.asleep(3)])
    #expect(deliver(4...4) == [Self.asleep(4)])
    #expect(pass(1000) == [])
    #expect(pass(1000) == [.wake(lane, queue: 0, limit: 1)])
    #expect(machine.woken(lane, rows: [1], hasMore: true, now: moment) == [])
    #expect(deliver(1...1, attempt: 1) == [.send(ticket: 1)])
    let done = complete(1, .done)
    #expect(done == [.settle(ticket: 1, .delivered), .wake(lane, queue: 0, limit: 2)])
    #expect(machine.woken(lane, rows: [2, 3], hasMore: true, now: moment) == [])
    // A younger one does not go before one that is on its way, nor keep its place.
    #expect(deliver(3...3) == [Self.asleep(3)])
    #expect(deliver(2...2) == [.send(ticket: 2)])
  }

  @Test("a pause of the pair keeps the order, and its probe is the oldest copy")
  mutating func pause() {
    _ = deliver(1...2)
    #expect(
      complete(1, .laneRefused(.refused, probeAfter: 600_000)) == [
        Self.asleep(1), Self.asleep(2), .report(.lanePaused(lane, queue: 0, .refused)),
      ])
    #expect(deliver(3...3) == [Self.asleep(3)])
    #expect(pass(599_999) == [])
    #expect(pass(1) == [.wake(lane, queue: 0, limit: 1)])
    _ = machine.woken(lane, rows: [1], hasMore: true, now: moment)
    #expect(deliver(1...1) == [.send(ticket: 1)])
    let done = complete(1, .done)
    #expect(done.contains(.report(.laneResumed(lane, queue: 0))) && done.last == .wake(lane, queue: 0, limit: 2))
  }

  @Test("a key that changes from outside wakes the oldest copy at once")
  mutating func credentials() {
    _ = deliver(1...1)
    _ = complete(1, .laneRefused(.refused, probeAfter: 600_000))
    #expect(machine.credentialsChanged(of: lane, now: moment).contains(.wake(lane, queue: 0, limit: 1)))
  }

  @Test("an open breaker is probed with the oldest copy of a pair, one at a time; what went back goes first again")
  mutating func breaker() {
    for row in UInt64(1)...5 {
      _ = deliver(row...row, lane: "p\(row)")
      _ = deliver(row + 10...row + 10, lane: "p\(row)")
    }
    for row in UInt64(1)...5 { _ = complete(row, .down) }
    #expect(machine.status(of: 0).isBreakerOpen)
    now += 1_000_000
    let probing = machine.timePassed(moment)
    #expect(probing.first == .consume(queue: 0, probing: true))
    #expect(probing.count { if case .wake(_, queue: _, limit: 1) = $0 { true } else { false } } == 5)
    for row in UInt64(1)...5 {
      _ = machine.woken(LaneID(scope: "s", name: "p\(row)"), rows: [row], hasMore: false, now: moment)
    }
    #expect(deliver(11...11, lane: "p1") == [Self.asleep(11, lane: "p1")])
    #expect(deliver(2...2, lane: "p2", attempt: 1) == [.send(ticket: 2)])
    #expect(deliver(1...1, lane: "p1", attempt: 1) == [])
    let recovered = complete(2, .done)
    #expect(recovered.contains(.consume(queue: 0, probing: false)) && recovered.last == .send(ticket: 1))
  }

  @Test("while all wait for one copy it is tried every half minute, and buried no sooner than others")
  mutating func trials() {
    machine = DeliveryMachine(
      limits: [1], retry: RetryPolicy(maxAttempts: 3, backoff: Backoff(delay: 300_000, maxDelay: 300_000)))
    wait = 300_000
    let begin = now
    _ = deliver(1...1)
    var calls = 1
    var attempt = 0
    while now < begin + 1_000_000 {
      let ended = complete(1, .down)
      if case .settle(_, .dead(let note)) = ended.first {
        #expect(note.attempt == 3 && now - begin >= 600_000)
        return #expect(calls >= 20)
      }
      if case .settle(_, .parked(let parking)) = ended.first { attempt = parking.attempt }
      while machine.timePassed(moment).isEmpty { now = max(now + 1, machine.nextDeadline ?? now) }
      _ = machine.woken(lane, rows: [1], hasMore: false, now: moment)
      #expect(deliver(1...1, attempt: attempt) == [.send(ticket: 1)])
      calls += 1
    }
    #expect(Bool(false), "it was never buried")
  }

  @Test("a woken copy that never comes, as its row was damaged, is not waited for without end")
  mutating func lost() {
    _ = deliver(1...2)
    _ = complete(1, .down)
    #expect(pass(2000) == [.wake(lane, queue: 0, limit: 1)])
    _ = machine.woken(lane, rows: [1], hasMore: true, now: moment)
    #expect(pass(59_000) == [])
    #expect(pass(1000) == [.wake(lane, queue: 0, limit: 1)])
    _ = machine.woken(lane, rows: [2], hasMore: false, now: moment)
    #expect(deliver(2...2) == [.send(ticket: 2)])
  }

  @Test("whatever fails, pauses or dies, a service gets each pair's copies in the order of acceptance, and all of them")
  func random() {
    var (taken, dead, openings, pauses, lives) = (0, 0, 0, 0, 0)
    for seed in UInt64(0)..<Self.seeds {
      var run = OrderedRun(seed: seed)
      run.play()
      #expect(run.problems == [], "seed \(seed)")
      taken += run.firstTaken
      dead += run.dead.count
      openings += run.breakerOpenings
      pauses += run.pauses
      lives += run.lives - 1
    }
    // They prove nothing of what never happened.
    for count in [taken, dead, openings, pauses, lives] { #expect(count > 100) }
  }
}
