import Core
import Testing

@Suite struct SpoolOwnershipTests {
  private func ownership(_ fallback: Settings.Fallback = .direct, hasWorkers: Bool = true) -> SpoolOwnership {
    SpoolOwnership(fallback: fallback, fallbackAfter: .seconds(10), hasWorkers: hasWorkers, now: 0)
  }

  @Test(
    "workers take spooled copies once the broker has not been well for fallback_after, counted over all its troubles")
  func fallback() {
    var ownership = ownership()
    #expect(ownership.owner == .nobody)
    #expect(ownership.conditionChanged(.connected, now: 5) == .republisher)
    #expect(ownership.nextDeadline == nil)
    #expect(ownership.conditionChanged(.stalled, now: 1000) == .nobody)
    #expect(ownership.conditionChanged(.away, now: 4000) == nil)
    #expect(ownership.nextDeadline == 11_000)
    #expect(ownership.timePassed(now: 10_999) == nil)
    #expect(ownership.timePassed(now: 11_000) == .workers)
    #expect(ownership.nextDeadline == nil)
    #expect(ownership.conditionChanged(.blocked, now: 12_000) == nil)
    #expect(ownership.conditionChanged(.connected, now: 13_000) == .republisher)
  }

  @Test("with hold, or without workers, nobody takes them until the broker is back", arguments: [true, false])
  func nobody(hasWorkers: Bool) {
    var ownership = ownership(hasWorkers ? .hold : .direct, hasWorkers: hasWorkers)
    #expect(ownership.nextDeadline == nil)
    #expect(ownership.timePassed(now: 1 << 40) == nil)
    #expect(ownership.owner == .nobody)
    #expect(ownership.conditionChanged(.connected, now: 1 << 41) == .republisher)
  }

  @Test("a process that goes down takes none")
  func stopped() {
    var ownership = ownership()
    #expect(ownership.conditionChanged(.connected, now: 0) == .republisher)
    #expect(ownership.stopped() == .nobody)
    #expect(ownership.stopped() == nil)
    #expect(ownership.conditionChanged(.away, now: 1) == nil)
    #expect(ownership.nextDeadline == nil)
    #expect(ownership.timePassed(now: 1 << 40) == nil)
  }
}
