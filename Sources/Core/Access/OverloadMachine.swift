/// Decides which events are still taken when what was taken before is not stored fast enough: the errors last.
///
/// Open leads to shedding when a limit is passed, at once for memory and disk, for late answers only when they stay late; shedding
/// leads back to open when everything has been well below its limit for `settleTime`.
package struct OverloadMachine: Sendable, Equatable {
  /// How full and how late things are.
  package struct Reading: Sendable, Equatable {
    /// Request bytes in memory, as a part of `http.max_buffered_bytes`.
    package var memory: Double
    /// Live bytes of the store, as a part of `spool.max_bytes`; 0 while copies do not go there.
    package var store: Double
    /// How long the oldest batch has been waiting to be durable.
    package var lag: Duration

    package init(memory: Double = 0, store: Double = 0, lag: Duration = .zero) {
      self.memory = memory
      self.store = store
      self.lag = lag
    }
  }

  /// What sheds, and below what it ends; as parts of the whole.
  static let memoryLimit = (high: 0.75, low: 0.5)
  static let storeLimit = (high: 0.9, low: 0.8)
  /// Beyond `broker.confirm_timeout`, after which a copy goes to the spool: what is later waits for a disk that cannot keep up.
  static let lateness = Duration.seconds(2)
  /// How long answers must stay late; a process that was stopped for a while is not overloaded.
  static let lateTime: UInt64 = 500_000_000
  /// How long all must be well before everything is taken again: two looks. The lower marks already leave half of what can wait to be
  /// worked off, and a disk that has nothing more to do while others are refused is time that nobody gets back.
  static let settleTime: UInt64 = 40_000_000
  /// Seconds that a client is asked to wait.
  package static let retryAfter = 2

  private enum State: Sendable, Equatable {
    /// Everything is taken; since when answers have been late.
    case open(lateSince: UInt64?)
    /// Levels 9 and 91 alone are taken; since when all has been well.
    case shedding(wellSince: UInt64?)
  }

  private let maxLag: Duration
  private var state = State.open(lateSince: nil)

  package init(confirmTimeout: Duration) { maxLag = confirmTimeout + Self.lateness }

  /// What is left of a store that is so full is kept for levels 9 and 91: for all others, and for `/health`, it is full.
  package static func isFull(store: Double) -> Bool { store >= storeLimit.high }

  /// Whether an event of this level is taken.
  package func takes(_ level: Level) -> Bool {
    switch state {
    case .open: true
    case .shedding: level == .error || level == .errorCTG
    }
  }

  /// Takes in how things are at `now`, in monotonic nanoseconds.
  package mutating func observed(_ reading: Reading, at now: UInt64) {
    switch state {
    case .open(let lateSince):
      let since = reading.lag > maxLag ? lateSince ?? now : nil
      let isLate = since.map { now &- $0 >= Self.lateTime } ?? false
      let isFull = reading.memory >= Self.memoryLimit.high || Self.isFull(store: reading.store)
      state = isFull || isLate ? .shedding(wellSince: nil) : .open(lateSince: since)
    case .shedding(let wellSince):
      let isWell =
        reading.memory < Self.memoryLimit.low && reading.store < Self.storeLimit.low && reading.lag <= maxLag / 2
      guard isWell else {
        state = .shedding(wellSince: nil)
        return
      }
      let since = wellSince ?? now
      state = now &- since >= Self.settleTime ? .open(lateSince: nil) : .shedding(wellSince: since)
    }
  }
}
