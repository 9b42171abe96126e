import Core
import Database

/// What intake remembers of events with client-given ids, for the next start.
extension EmbeddedStore {
  /// Rows that one transaction removes.
  private static let maxRemovals = 1024

  func remember(_ events: [SeenEvent], at now: Int64) throws(DatabaseError) {
    guard !events.isEmpty, maxSeen > 0 else { return }
    var start = 0
    while start < events.count {
      let end = min(events.count, start + EmbeddedSeen.maxEvents)
      try seenStatements.insert(EmbeddedSeen.row(events[start..<end]), at: now)
      seen.change(events: end - start, rows: 1)
      start = end
    }
    // Seldom, and then many at a time: what leaves is far from what comes.
    if seen.events > maxSeen + maxSeen / 8 { try forgetOldest(seen.events - maxSeen) }
  }

  /// All of it, the oldest first.
  func recall() throws(DatabaseError) -> [(event: SeenEvent, at: Int64)] {
    try seenStatements.all().flatMap { row in EmbeddedSeen.events(row.content).map { ($0, row.at) } }
  }

  private func forgetOldest(_ surplus: Int) throws(DatabaseError) {
    let rows = try seenStatements.oldest(Self.maxRemovals)
    var removed = 0
    let leaving = rows.prefix { row in
      defer { removed += row.events }
      return removed < surplus
    }
    guard let last = leaving.last else { return }
    try seenStatements.remove(upTo: last.number)
    seen.change(events: -leaving.reduce(0) { $0 + $1.events }, rows: -leaving.count)
  }
}

/// How much is remembered in the file.
struct SeenCount {
  private(set) var events: Int
  private(set) var rows: Int
  private var committed: (events: Int, rows: Int)

  init(events: Int, rows: Int) {
    (self.events, self.rows) = (events, rows)
    committed = (events, rows)
  }

  /// About what it takes in the file.
  var bytes: Int64 { Int64(events * EmbeddedSeen.eventBytes + rows * EmbeddedSeen.rowBytes) }

  mutating func change(events: Int, rows: Int) {
    self.events += events
    self.rows += rows
  }

  mutating func ended(isCommitted: Bool) {
    if isCommitted { committed = (events, rows) } else { (events, rows) = committed }
  }
}
