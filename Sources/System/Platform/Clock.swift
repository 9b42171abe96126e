import Glibc

/// The machine's clocks. Decisions never read them; shells do and pass the value in.
package enum Clock {
  /// Unix time in milliseconds; may jump when the system clock is set.
  package static func unixMilliseconds() -> Int64 {
    let now = read(CLOCK_REALTIME)
    return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
  }

  /// Nanoseconds since some fixed point; never goes back.
  package static func monotonicNanoseconds() -> UInt64 {
    let now = read(CLOCK_MONOTONIC)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
  }

  private static func read(_ clock: clockid_t) -> timespec {
    var now = timespec()
    unsafe clock_gettime(clock, &now)
    return now
  }
}
