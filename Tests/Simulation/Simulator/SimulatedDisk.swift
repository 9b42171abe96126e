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

    var isIntact: Bool { digest == checksum }
  }

  struct Commit: Sendable {
    var inserts: [Row] = []
    var settlements: [(row: Row, settlement: Settlement)] = []
    var releases: [(queue: Int, lane: String)] = []

    var isEmpty: Bool { inserts.isEmpty && settlements.isEmpty && releases.isEmpty }
  }

  enum Verdict: Sendable { case done, full, failed }

  private(set) var rows: [Row] = []
  private(set) var dead: [(copy: Int, note: DeathNote)] = []
  private(set) var quarantined: [Int] = []
  /// Kept with every commit, as the product keeps them.
  private(set) var stored = 0
  private(set) var delivered = 0

  var isFull = false
  /// Syncs that will fail.
  var failuresLeft = 0

  /// The ledger of contracts.md §11.
  var isBalanced: Bool { stored == delivered + dead.count + quarantined.count + rows.count }

  /// Makes `commit` durable. `coin` decides whether a sync that failed had reached the disk all the same.
  mutating func sync(_ commit: Commit, coin: Bool, bug: PlantedBug?) -> Verdict {
    if isFull, !commit.inserts.isEmpty { return .full }
    if failuresLeft > 0 {
      failuresLeft -= 1
      if coin { apply(commit, bug: bug) }
      return .failed
    }
    apply(commit, bug: bug)
    return .done
  }

  mutating func apply(_ commit: Commit, bug: PlantedBug?) {
    for row in commit.inserts {
      rows.append(row)
      stored += 1
    }
    for (row, settlement) in commit.settlements { settle(row, settlement, bug: bug) }
    for (queue, lane) in commit.releases {
      for index in rows.indices where rows[index].queue == queue && rows[index].lane == lane && rows[index].dueAt != nil
      {
        rows[index].dueAt = 0
      }
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
  private mutating func settle(_ row: Row, _ settlement: Settlement, bug: PlantedBug?) {
    guard var index = rows.firstIndex(where: { $0.sequence == row.sequence }) else { return }
    if bug == .settleNeighbour, index + 1 < rows.count { index += 1 }
    switch settlement {
    case .delivered, .disabled, .duplicate:
      if bug == .keepDelivered { break }
      rows.remove(at: index)
      delivered += 1
    case .dead(let note):
      let copy = rows.remove(at: index).copy
      if bug == .dropDead { delivered += 1 } else { dead.append((copy, note)) }
    case .returned:
      if bug == .dropReturned {
        rows.remove(at: index)
        delivered += 1
      }
    case .parked(let parking):
      rows[index].attempt = parking.attempt
      rows[index].lane = parking.lane
      rows[index].dueAt = bug == .parkWithoutDue ? .max : parking.dueAt
    }
  }
}
