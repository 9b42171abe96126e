/// A point in time on both clocks, in milliseconds. Decisions take it as an argument and never read a clock.
///
/// Waits inside the process run on `monotonic`, so that setting the system's clock neither stretches nor ends them;
/// due times that outlive the process are `unix`.
package struct Moment: Sendable, Equatable {
  package let monotonic: Int64
  package let unix: Int64

  package init(monotonic: Int64, unix: Int64) {
    self.monotonic = monotonic
    self.unix = unix
  }

  /// The Unix time at which the monotonic clock will show `monotonic`.
  package func unix(at monotonic: Int64) -> Int64 {
    unix + (monotonic - self.monotonic)
  }
}

extension Duration {
  /// Whole milliseconds, rounded down, at most about 292 million years.
  package var milliseconds: Int64 {
    let (seconds, attoseconds) = components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    return overflow ? (seconds < 0 ? .min : .max) : whole + attoseconds / 1_000_000_000_000_000
  }
}
