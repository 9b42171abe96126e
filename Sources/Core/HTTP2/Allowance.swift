/// So many at once, and so many a second: a token bucket for what a peer may do without an answer from us.
package struct Allowance: Sendable, Equatable {
  /// The most that are there.
  package let burst: Int
  package let perSecond: Int
  private var left: Int
  /// Monotonic nanoseconds of the last refill, not beyond any time seen.
  private var refilledAt: UInt64?

  package init(burst: Int, perSecond: Int) {
    self.burst = burst
    self.perSecond = perSecond
    left = burst
  }

  /// Takes one at `now`, monotonic nanoseconds; false if none is left.
  package mutating func spend(at now: UInt64) -> Bool {
    refill(at: now)
    guard left > 0 else { return false }
    left -= 1
    return true
  }

  /// Gives `count` back, up to the burst.
  package mutating func credit(_ count: Int) { left = min(burst, left + count) }

  private mutating func refill(at now: UInt64) {
    guard let before = refilledAt else { return refilledAt = now }
    guard now > before else { return }
    let interval = 1_000_000_000 / UInt64(max(1, perSecond))
    let earned = (now - before) / interval
    guard earned > 0 else { return }
    left = Int(min(UInt64(burst), UInt64(left) + min(earned, UInt64(burst))))
    refilledAt = before + earned * interval
  }
}
