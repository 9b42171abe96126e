/// Which answers are worth another attempt, how many, and how long until the next.
///
/// 408, 425, 429, 3xx and 5xx but 501 may pass and are tried again, as are lost connections and timeouts. Every other
/// status is an answer that repeating does not mend. A redirect is never followed: it is a sink being moved.
package struct RetryPolicy: Sendable, Equatable {
  /// Failed attempts after which a copy becomes a dead letter; at least 1.
  package let maxAttempts: Int
  package let backoff: Backoff

  package init(maxAttempts: Int, backoff: Backoff) {
    self.maxAttempts = max(1, maxAttempts)
    self.backoff = backoff
  }

  package init(_ settings: Settings.Retry) {
    self.init(
      maxAttempts: settings.maxAttempts,
      backoff: Backoff(delay: settings.delay.milliseconds, maxDelay: settings.maxDelay.milliseconds))
  }

  package enum StatusClass: Sendable, Equatable {
    case success
    case retry
    case poison
  }

  package static func classify(status: Int) -> StatusClass {
    switch status {
    case 200..<300: .success
    case 408, 425, 429: .retry
    case 501: .poison
    case 300..<400, 500..<600: .retry
    case 400..<500: .poison
    default: .retry
    }
  }

  /// Milliseconds until the next attempt after `attempt` failed ones: the longer of backoff and what the sink asked.
  package func wait(attempt: Int, retryAfter: Int64?, random: UInt64) -> Int64 {
    max(backoff.jittered(attempt: attempt, random: random), retryAfter.map(clamped) ?? 0)
  }

  /// Milliseconds until the next attempt of a copy while nothing gets through: as ``wait(attempt:retryAfter:random:)``,
  /// but `maxDelay` at least once half of the attempts are used, so that an outage shorter than
  /// `maxAttempts` / 2 × `maxDelay` (an hour, with the defaults) exhausts no copy that was new to it.
  package func doubtfulWait(attempt: Int, retryAfter: Int64?, random: UInt64) -> Int64 {
    let wait = wait(attempt: attempt, retryAfter: retryAfter, random: random)
    return attempt >= (maxAttempts + 1) / 2 ? max(wait, backoff.maxDelay) : wait
  }

  /// Milliseconds until an open breaker's next probe, after `failedProbes` since it opened.
  package func probeWait(failedProbes: Int, retryAfter: Int64?, random: UInt64) -> Int64 {
    let longest = min(backoff.maxDelay, Self.longestProbeWait)
    let own = Backoff(delay: min(backoff.delay, longest), maxDelay: longest)
    return max(own.spread(attempt: failedProbes + 1, random: random), retryAfter.map(clamped) ?? 0)
  }

  /// A sink's wish in bounds: never negative, at most an hour, or `maxDelay` where that is longer.
  package func clamped(_ retryAfter: Int64) -> Int64 {
    min(max(0, retryAfter), max(backoff.maxDelay, Self.longestWish))
  }

  /// The longest wait between probes that the sink did not ask for, in milliseconds.
  package static let longestProbeWait: Int64 = 30_000

  /// The longest `Retry-After` that is believed, in milliseconds.
  package static let longestWish: Int64 = 3_600_000
}
