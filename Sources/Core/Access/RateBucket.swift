/// A client's allowance: `rate` events a second, of which up to `burst` are saved up (a token bucket).
///
/// More events at once than `burst` are let through when the bucket is full, and what they took too much is paid back before
/// the next: whatever the size of its batches, a client comes to its rate.
package struct RateBucket: Sendable, Equatable {
  /// The longest wait that a client is told, in seconds.
  static let maxWait = 3600

  private let rate: Double
  private let burst: Double
  private var level: Double
  /// Monotonic nanoseconds.
  private var filledAt: UInt64

  /// Full at `now`, in monotonic nanoseconds. Without `burst` a second's events are saved up, at least one.
  package init(rate: Double, burst: Int?, at now: UInt64) {
    self.rate = rate
    self.burst = burst.map(Double.init) ?? max(1, rate.rounded(.up))
    level = self.burst
    filledAt = now
  }

  /// Takes `count` events; `nil` if they are let through, else nothing is taken and it is the seconds to wait, 1 or more.
  package mutating func take(_ count: Int, at now: UInt64) -> Int? {
    if now > filledAt {
      level = min(burst, level + Double(now - filledAt) / 1e9 * rate)
      filledAt = now
    }
    let wanted = min(Double(count), burst)
    guard level < wanted else {
      level -= Double(count)
      return nil
    }
    let wait = ((wanted - level) / rate).rounded(.up)
    return Int(max(1, min(wait, Double(Self.maxWait))))
  }
}
