import Core

/// The embedded queue as its disk holds it. What was not committed is lost with the process; a commit under way when it
/// dies, or one whose sync failed, is there whole or not at all.
struct SimulatedDisk: Sendable {
  struct Row: Sendable {
    let sequence: Int
    let copy: Int
    let queue: Int
    var digest: UInt64
    var checksum: UInt64
    var attempt = 0
    /// Unix milliseconds; `nil` if it was never parked.
    var dueAt: Int64?
    var lane = ""

    /// It was parked when it came from the broker: one with the same copy is not stored twice.
    var isForeign = false

    var isIntact: Bool { digest == checksum }
  }

  /// What becomes of a row that was given out.
  enum Verdict: Sendable {
    case settled(Settlement)
    /// The broker has it.
    case republished
    /// The broker does not take it now.
    case givenBack

    /// The row's copy is elsewhere: should the commit be lost, it comes twice.
    var isDone: Bool {
      switch self {
      case .settled(.delivered), .republished: true
      case .settled, .givenBack: false
      }
    }
  }

  /// The oldest copies of an ordered lane are to be given out.
  struct Wake: Sendable {
    let lane: LaneID
    let queue: Int
    let limit: Int
  }

  struct Commit: Sendable {
    var inserts: [Row] = []
    /// Dead letters of copies that came from the broker.
    var burials: [(copy: Int, note: DeathNote)] = []
    var settlements: [(row: Row, verdict: Verdict)] = []
    var releases: [(queue: Int, lane: String)] = []
    var wakes: [Wake] = []

    var isEmpty: Bool {
      inserts.isEmpty && burials.isEmpty && settlements.isEmpty && releases.isEmpty && wakes.isEmpty
    }
  }

  enum Ending: Sendable { case done, full, failed }

  private(set) var rows: [Row] = []
  private(set) var dead: [(copy: Int, note: DeathNote)] = []
  private(set) var quarantined: [Int] = []
  /// Kept with every commit, as the product keeps them.
  private(set) var stored = 0
  private(set) var delivered = 0
  private(set) var republished = 0
  /// Copies that were parked already when the broker gave them again.
  private(set) var parkedBefore = 0

  var isFull = false
  /// Syncs that will fail.
  var failuresLeft = 0

  /// The ledger of contracts.md §11.
  var isBalanced: Bool { stored == delivered + republished + dead.count + quarantined.count + rows.count }

  /// Makes `commit` durable. `coin` decides whether a sync that failed had reached the disk all the same.
  mutating func sync(_ commit: Commit, coin: Bool, bug: PlantedBug?) -> Ending {
    if isFull, !commit.inserts.isEmpty || !commit.burials.isEmpty { return .full }
    if failuresLeft > 0 {
      failuresLeft -= 1
      if coin { apply(commit, bug: bug) }
      return .failed
    }
    apply(commit, bug: bug)
    return .done
  }

  mutating func apply(_ commit: Commit, bug: PlantedBug?) {
    for (row, verdict) in commit.settlements { settle(row, verdict, bug: bug) }
    for row in commit.inserts {
      if row.isForeign, rows.contains(where: { $0.copy == row.copy && $0.dueAt != nil }) {
        parkedBefore += 1
        continue
      }
      rows.append(row)
      stored += 1
    }
    for burial in commit.burials {
      dead.append(burial)
      stored += 1
    }
    for (queue, lane) in commit.releases {
      for index in rows.indices where rows[index].queue == queue && rows[index].lane == lane && rows[index].dueAt != nil
      {
        rows[index].dueAt = 0
      }
    }
  }

  /// The rows of the oldest copies parked in a lane, which are due now, and whether there are more.
  mutating func wake(_ wake: Wake, now: Int64, bug: PlantedBug?) -> (rows: [UInt64], hasMore: Bool) {
    var found = rows.indices.filter {
      rows[$0].queue == wake.queue && rows[$0].dueAt != nil && rows[$0].lane == wake.lane.name
    }
    if bug == .wakeYoungestFirst { found.reverse() }
    for index in found.prefix(wake.limit) { rows[index].dueAt = min(rows[index].dueAt ?? 0, now) }
    return (found.prefix(wake.limit).map { UInt64(rows[$0].sequence) }, found.count > wake.limit)
  }

  /// A process starts: what slept is due, and in ordered queues whatever was parked.
  mutating func wakeSleepers(_ isOrdered: Bool) {
    for index in rows.indices where rows[index].dueAt == Parking.asleep || (isOrdered && rows[index].dueAt != nil) {
      rows[index].dueAt = 0
    }
  }

  /// What a store without a log would find of `commit`: half of its first row, and nothing that says so.
  mutating func tear(_ commit: Commit) {
    for var row in commit.inserts.prefix(1) {
      row.digest ^= 0xFF
      row.checksum = row.digest
      rows.append(row)
      stored += 1
    }
  }

  mutating func flipBit(of index: Int) {
    rows[index].digest ^= 1
  }

  mutating func quarantine(_ sequence: Int) {
    guard let index = rows.firstIndex(where: { $0.sequence == sequence }) else { return }
    quarantined.append(rows.remove(at: index).copy)
  }

  mutating func forgetParked() {
    rows.removeAll { $0.dueAt != nil }
  }

  /// A row that is gone already was settled by a commit that seemed to fail.
  private mutating func settle(_ row: Row, _ verdict: Verdict, bug: PlantedBug?) {
    guard var index = rows.firstIndex(where: { $0.sequence == row.sequence }) else { return }
    if bug == .settleNeighbour, index + 1 < rows.count { index += 1 }
    switch verdict {
    case .settled(.delivered), .settled(.disabled), .settled(.duplicate):
      if bug == .keepDelivered { break }
      rows.remove(at: index)
      delivered += 1
    case .republished:
      rows.remove(at: index)
      republished += 1
    case .givenBack:
      if bug == .dropGivenBack {
        rows.remove(at: index)
        republished += 1
      }
    case .settled(.dead(let note)):
      let copy = rows.remove(at: index).copy
      if bug == .dropDead { delivered += 1 } else { dead.append((copy, note)) }
    case .settled(.returned):
      if bug == .dropReturned {
        rows.remove(at: index)
        delivered += 1
      }
    case .settled(.parked(let parking)):
      rows[index].attempt = parking.attempt
      rows[index].lane = parking.lane
      rows[index].dueAt = bug == .parkWithoutDue ? .max : parking.dueAt
    }
  }
}
