/// Whether every thread still turns, whatever the dependencies do.
package struct Liveness: Sendable, Equatable {
  /// A turn that takes longer than this is stuck.
  package static let limitNanoseconds: UInt64 = 10_000_000_000

  /// When each thread's present turn began, monotonic nanoseconds; `nil` for a thread that waits for work.
  package var busySince: [UInt64?]

  package init(busySince: [UInt64?]) {
    self.busySince = busySince
  }

  package func isAlive(now: UInt64) -> Bool {
    busySince.allSatisfy { began in
      guard let began, now > began else { return true }
      return now - began <= Self.limitNanoseconds
    }
  }
}
