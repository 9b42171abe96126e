import Core

/// The time of a simulated world: it moves only when told.
struct SimulatedClock: Sendable {
  /// Milliseconds. Unix time runs beside it, a little off, so that the two cannot be taken for each other unnoticed.
  private(set) var monotonic: Int64 = 1_000_000

  static let unixOffset: Int64 = 77_000

  var moment: Moment { Moment(monotonic: monotonic, unix: monotonic + Self.unixOffset) }
  var unix: Int64 { moment.unix }

  mutating func advance(to time: Int64) {
    monotonic = max(monotonic + 1, time)
  }
}
