/// Adds up what a queue file holds and compares it with the totals that it keeps.
package struct SpoolAudit: Sendable {
  /// Damaged copies that are named; further ones are counted only.
  package static let maxNamed = 1000

  package struct Tally: Sendable, Equatable {
    package var waiting = 0
    package var parked = 0
    package var dead = 0
    /// Of all these, those whose bytes are not those that were stored.
    package var damaged = 0
    /// Body bytes of waiting and parked copies.
    package var bytes = 0
    package var deadBytes = 0
    /// Arrival of the oldest copy that is no dead letter, Unix milliseconds.
    package var oldest: Int64?
  }

  /// By the queue's number.
  package private(set) var tallies: [Int64: Tally] = [:]
  package private(set) var damaged: [(queue: Int64, sequence: Int64, state: SpoolCopy.State)] = []

  package init() {}

  package var damagedCount: Int { tallies.values.reduce(0) { $0 + $1.damaged } }

  package mutating func found(_ copy: SpoolCopy) {
    var tally = tallies[copy.queue] ?? Tally()
    switch copy.state {
    case .waiting: tally.waiting += 1
    case .parked: tally.parked += 1
    case .dead: tally.dead += 1
    }
    if copy.state == .dead {
      tally.deadBytes += copy.body.count
    } else {
      tally.bytes += copy.body.count
      if copy.isIntact { tally.oldest = min(tally.oldest ?? .max, copy.storedAt) }
    }
    if !copy.isIntact {
      tally.damaged += 1
      if damaged.count < Self.maxNamed { damaged.append((copy.queue, copy.sequence, copy.state)) }
    }
    tallies[copy.queue] = tally
  }

  /// Sentences about what does not add up in a queue; empty if all does.
  package func differences(_ queue: SpoolQueue) -> [String] {
    guard let kept = queue.counters else { return ["its totals cannot be read"] }
    let found = tallies[queue.number] ?? Tally()
    var sentences: [String] = []
    let accounted = [kept.delivered, kept.disabled, kept.buried, kept.quarantined, kept.republished, kept.queued]
      .reduce(Int64(0)) { $0.addingReportingOverflow($1).partialValue }
    if kept.stored != accounted {
      sentences.append("the ledger does not add up: \(kept.stored) stored, \(accounted) accounted for")
    }
    func compare(_ what: String, _ kept: Int64, _ found: Int) {
      if kept != Int64(found) { sentences.append("\(what): \(kept) in its totals, \(found) found") }
    }
    compare("copies", kept.queued, found.waiting + found.parked)
    compare("parked copies", kept.parked, found.parked)
    compare("dead letters", kept.dead, found.dead)
    // The length of a damaged copy may be what was damaged.
    if found.damaged == 0 {
      compare("bytes", kept.bytes, found.bytes)
      compare("bytes of dead letters", kept.deadBytes, found.deadBytes)
    }
    return sentences
  }
}
