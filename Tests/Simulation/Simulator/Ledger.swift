import Core

/// What the world outside of the gateway knows: what clients sent and were answered, what sinks took. It finds every
/// broken promise, and never asks the gateway.
struct Ledger: Sendable {
  /// More are counted, not kept.
  static let maxProblems = 20

  struct Entry: Sendable {
    let copy: SimulatedCopy
    /// Its event got a 2xx.
    var isAccepted = false
    /// How often its sink took it.
    var taken = 0
    /// Calls that the gateway learned the failure of.
    var failures = 0
    /// Of these, answered ones that a settlement must have counted.
    var answered = 0
    /// Its sink refused it for good.
    var isRefused = false
    /// It was given up once.
    var wasBuried = false
    /// Its place on the disk; 0 if it never got there.
    var row = 0
    /// Second deliveries that faults so far excuse.
    var excused = 0
  }

  private(set) var entries: [Entry] = []
  private(set) var problems: [String] = []
  private(set) var duplicates = 0
  /// By ordered lane, the youngest row that its sink has taken.
  private var youngest: [LaneID: Int] = [:]

  subscript(_ copy: Int) -> Entry { entries[copy] }

  mutating func sent(_ copy: SimulatedCopy) {
    entries.append(Entry(copy: copy))
  }

  mutating func report(_ problem: String) {
    if problems.count < Self.maxProblems { problems.append(problem) }
  }

  /// A client read a 2xx: the copies are durable now, whatever happens next.
  mutating func accepted(_ copies: Range<Int>, isDurable: (Int) -> Bool) {
    for copy in copies {
      entries[copy].isAccepted = true
      if entries[copy].taken == 0, !isDurable(copy) { report("copy \(copy) was answered 202 and is not durable") }
    }
  }

  /// A sink took a call.
  mutating func took(_ copy: Int, digest: UInt64) {
    guard entries.indices.contains(copy) else { return report("copy \(copy) was delivered and never sent") }
    if entries[copy].copy.digest != digest { report("copy \(copy) was delivered altered") }
    entries[copy].taken += 1
    guard entries[copy].taken > 1 else { return }
    duplicates += 1
    if entries[copy].taken > 1 + entries[copy].excused {
      report("copy \(copy) was delivered \(entries[copy].taken) times, faults excuse \(entries[copy].excused)")
    }
  }

  mutating func stored(_ copy: Int, row: Int) {
    entries[copy].row = row
  }

  /// A call of the process that lives now was taken: those of its pair come in the order of their rows.
  mutating func tookInOrder(_ copy: Int) {
    let (lane, row) = (entries[copy].copy.lane, entries[copy].row)
    let before = youngest[lane] ?? 0
    // What a letter let go by was sent; a crash can undo the letter.
    if entries[copy].taken == 1, row < before, !entries[copy].wasBuried {
      report("copy \(copy) of \(lane) was taken after a younger one")
    }
    youngest[lane] = max(before, row)
  }

  /// A fault has made of one copy two, or may have.
  mutating func excuse(_ copy: Int) {
    entries[copy].excused += 1
  }

  mutating func failed(_ copy: Int, isAnswered: Bool) {
    entries[copy].failures += 1
    if isAnswered { entries[copy].answered += 1 }
  }

  mutating func refused(_ copy: Int) {
    entries[copy].isRefused = true
  }

  mutating func parked(_ copy: Int, _ parking: Parking) {
    let entry = entries[copy]
    if parking.attempt > entry.failures { report("copy \(copy) has \(parking.attempt) attempts of \(entry.failures)") }
    // Two of one copy count for themselves.
    if entry.excused == 0, parking.attempt < entry.answered { report("copy \(copy) has an attempt uncounted") }
  }

  mutating func buried(_ copy: Int, _ note: DeathNote, maxAttempts: Int) {
    entries[copy].wasBuried = true
    let entry = entries[copy]
    switch note.reason {
    case .rejected: if !entry.isRefused { report("copy \(copy) was buried as refused, and nobody refused it") }
    case .attemptsExhausted:
      if note.attempt != maxAttempts { report("copy \(copy) was buried after \(note.attempt) attempts") }
      if entry.failures < maxAttempts { report("copy \(copy) was buried with \(entry.failures) failures") }
    default: report("copy \(copy) was buried as \(note.reason)")
    }
  }

  /// The process is gone, and with it what no commit counted.
  mutating func forgetUncounted(_ disk: SimulatedDisk) {
    for row in disk.rows { entries[row.copy].answered = min(entries[row.copy].answered, row.attempt) }
  }

  /// Every accepted copy is delivered, or among the `known` ones that would outlive a power failure.
  mutating func checkAll(_ known: Set<Int>) {
    for (copy, entry) in entries.enumerated() where entry.isAccepted && entry.taken == 0 && !known.contains(copy) {
      report("copy \(copy) was accepted and is lost")
    }
  }

  mutating func checkStep(_ disk: SimulatedDisk) {
    if !disk.isBalanced { report("the ledger of the store does not balance") }
  }
}
