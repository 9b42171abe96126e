/// At most `capacity` calls in any `window`: each token comes back one window after it was taken.
///
/// Tokens may be taken ahead of time, so that waiting copies get their turns in order. Times are monotonic
/// milliseconds and are taken in rising order.
package struct TokenBucket: Sendable, Equatable {
  package let window: Int64
  private var returns: [Int64]
  private var next = 0

  /// `capacity` is at least 1, `window` in milliseconds.
  package init(capacity: Int, window: Int64) {
    self.window = window
    returns = [Int64](repeating: .min, count: max(1, capacity))
  }

  /// The earliest time, not before `time`, at which a token is there.
  package func available(from time: Int64) -> Int64 {
    max(time, returns[next])
  }

  /// Takes the token that ``available(from:)`` promised for `time`.
  package mutating func take(at time: Int64) {
    precondition(returns[next] <= time, "a token was taken before it was there")
    returns[next] = time + window
    next = (next + 1) % returns.count
  }

  /// Takes the next token that is there at `time` or later.
  package mutating func takeNext(from time: Int64) {
    take(at: available(from: time))
  }
}
