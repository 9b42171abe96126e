/// Exponential waits with jitter, in milliseconds.
package struct Backoff: Sendable, Equatable {
  /// The ceiling after the first failure; doubles with each further one.
  package let delay: Int64
  package let maxDelay: Int64

  package init(delay: Int64, maxDelay: Int64) {
    self.delay = max(1, delay)
    self.maxDelay = max(self.delay, maxDelay)
  }

  /// The longest wait after `attempt` failures (1 is the first).
  package func ceiling(attempt: Int) -> Int64 {
    let doublings = max(0, attempt - 1)
    guard doublings < 62, delay <= maxDelay >> Int64(doublings) else { return maxDelay }
    return delay << Int64(doublings)
  }

  /// Full jitter: anywhere from 0 to the ceiling, so that many copies that failed together do not return together.
  package func jittered(attempt: Int, random: UInt64) -> Int64 {
    Int64(random % UInt64(ceiling(attempt: attempt) + 1))
  }

  /// From half the ceiling to the ceiling: for a probe, of which there is one, and which must not come at once.
  package func spread(attempt: Int, random: UInt64) -> Int64 {
    let ceiling = ceiling(attempt: attempt)
    let half = ceiling / 2
    return half + Int64(random % UInt64(ceiling - half + 1))
  }
}
