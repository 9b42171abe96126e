/// Which copies of an ordered lane lie in the store, and so whether one at hand may be sent before them.
///
/// The copies of an ordered lane are sent one at a time, in the order of their rows in the store. One that must wait is put to
/// sleep there: it comes only when it is woken, the oldest first. What is new comes after everything that was read before,
/// so it is younger than all that this knows of. After a start the store gives out everything in the order of rows, whatever
/// was parked among what never was, so that nothing has to be known from another life.
package struct OrderedLine: Sendable {
  /// How long a copy that comes of itself is waited for before the store is asked what it has, in milliseconds. It has
  /// moved a damaged one away.
  static let patience: Int64 = 60_000
  /// Copies woken at once.
  static let maxPortion = 32

  /// Copies that come of themselves, as they were woken or given back.
  private var coming: Set<UInt64> = []
  /// Since when none of them has come; `nil` until somebody waits.
  private var waitingSince: Int64?
  /// None that sleeps is older; `nil`: none sleeps.
  private var oldestAsleep: UInt64?
  /// The store was asked and has not answered: what fell asleep since, and what else was settled.
  private var asked: (oldestAsleep: UInt64?, settled: Set<UInt64>)?
  /// How many to wake next: one until something got through.
  private(set) var portion = 1
  /// The copy that failed last, and when a further failure of it counts as an attempt.
  private var trial: (row: UInt64, countsAt: Int64)?

  package init() {}

  /// Nothing would be forgotten with it.
  var isIdle: Bool { coming.isEmpty && oldestAsleep == nil && asked == nil }

  /// Every older copy of the lane has left the store, or is at hand as well.
  func maySend(_ row: UInt64) -> Bool {
    if let oldestAsleep, oldestAsleep < row { return false }
    return coming.isEmpty || coming.allSatisfy { $0 > row }
  }

  /// Older copies go first that are not at hand: this one must not keep the place that they need. While the store is asked
  /// nobody knows which those are.
  func isBehind(_ row: UInt64) -> Bool { asked == nil && !maySend(row) }

  /// Whether the store is to be asked for what sleeps, `head` being the oldest copy at hand.
  func needsWaking(_ head: UInt64?) -> Bool {
    guard asked == nil, coming.isEmpty, let oldestAsleep else { return false }
    return head.map { oldestAsleep < $0 } ?? true
  }

  /// When patience with copies that are to come ends, if they are waited for from `now` on at the latest; `nil` if there
  /// are none.
  mutating func deadline(now: Int64) -> Int64? {
    guard !coming.isEmpty else { return nil }
    let since = waitingSince ?? now
    waitingSince = since
    return since + Self.patience
  }

  // MARK: Events

  mutating func arrived(_ row: UInt64) {
    if coming.remove(row) != nil { waitingSince = nil }
  }

  mutating func settled(_ row: UInt64, _ settlement: Settlement) {
    asked?.settled.insert(row)
    switch settlement {
    case .parked:
      oldestAsleep = min(oldestAsleep ?? row, row)
      if let asked { self.asked?.oldestAsleep = min(asked.oldestAsleep ?? row, row) }
    case .returned:
      coming.insert(row)
      waitingSince = nil
    case .delivered, .disabled, .duplicate, .dead:
      if settlement == .delivered { portion = min(portion * 2, Self.maxPortion) }
      trial = nil
    }
  }

  /// The store is asked for its oldest copies.
  mutating func askedToWake() {
    asked = (nil, [])
  }

  /// The store has woken `rows`, its oldest ones, and has more or not. `isAtHand` knows those that the worker has.
  mutating func woken(_ rows: [UInt64], hasMore: Bool, isAtHand: (UInt64) -> Bool) {
    let settled = asked?.settled ?? []
    coming.formUnion(rows.filter { !settled.contains($0) && !isAtHand($0) })
    waitingSince = nil
    let later = asked?.oldestAsleep
    asked = nil
    oldestAsleep = hasMore ? rows.last.map { min(later ?? .max, $0 + 1) } ?? later : later
  }

  /// Copies have not come: what the store has of them it will say.
  mutating func lostPatience() {
    oldestAsleep = min(oldestAsleep ?? .max, coming.min() ?? .max)
    coming = []
  }

  /// Its next failure is an attempt, whenever it comes.
  mutating func trialEnded() {
    trial = nil
  }

  /// A send of `row` failed, and would be tried again after `wait`. All of the lane waits for it, so it is tried more
  /// often than others would be; what counts as an attempt comes no sooner. Returns the wait that is left.
  mutating func failed(_ row: UInt64, wait: Int64, now: Int64) -> (isAttempt: Bool, wait: Int64) {
    portion = 1
    if let trial, trial.row == row, now < trial.countsAt { return (false, trial.countsAt - now) }
    trial = (row, now + wait)
    return (true, wait)
  }
}
