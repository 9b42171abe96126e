/// At most `capacity` calls in any `window`, as whoever gets them counts.
///
/// A call is counted there some time between its sending and its answer, so its token comes back one window after the
/// answer: however late one call arrives and however fast the next, they are never closer. An answer that is long in
/// coming is waited for no longer than `transit`, so that calls that hang do not stop the others.
///
/// Tokens may be taken ahead of time, so that waiting copies get their turns in order. Times are monotonic
/// milliseconds and are taken in rising order.
package struct TokenBucket: Sendable, Equatable {
  package let window: Int64
  package let transit: Int64
  private var returns: [Int64]
  private var taken = 0

  /// `capacity` is at least 1, `window` and `transit` in milliseconds. Without `transit` answers do not matter.
  package init(capacity: Int, window: Int64, transit: Int64 = 0) {
    self.window = window
    self.transit = transit
    returns = [Int64](repeating: .min, count: max(1, capacity))
  }

  /// The token that was taken last.
  package var latest: Int { taken - 1 }

  /// The earliest time, not before `time`, at which a token is there.
  package func available(from time: Int64) -> Int64 {
    max(time, returns[taken % returns.count])
  }

  /// Takes the token that ``available(from:)`` promised for `time`.
  package mutating func take(at time: Int64) {
    let place = taken % returns.count
    precondition(returns[place] <= time, "a token was taken before it was there")
    returns[place] = time + transit + window
    taken += 1
  }

  /// Takes the next token that is there at `time` or later.
  package mutating func takeNext(from time: Int64) {
    take(at: available(from: time))
  }

  /// The call that `token` was taken for was answered at `time`.
  package mutating func answered(_ token: Int, at time: Int64) {
    // Its place may have been taken anew.
    guard token >= 0, token >= taken - returns.count else { return }
    let place = token % returns.count
    returns[place] = min(returns[place], time + window)
  }
}
