import Core
import Database

extension EmbeddedStore {
  /// The next pack of a queue after the one that begins at `cursor`: its first number and the copies that are still in it.
  func nextPack(_ index: Int, after cursor: Int64) throws(DatabaseError) -> (first: Int64, rows: [EmbeddedRow])? {
    let range = sequences(of: index)
    guard let stored = try statements.pack(after: max(cursor, range.lowerBound - 1), before: range.upperBound)
    else { return nil }
    let gone = try statements.gone(from: stored.first, copies: stored.copies)
    openPacks[stored.first] = OpenPack(copies: stored.copies, gone: gone)
    let rows = EmbeddedPack.rows(
      stored.content, first: stored.first, copies: stored.copies, at: stored.at, format: stored.format)
    return (stored.first, gone.isEmpty ? rows : rows.filter { !gone.contains($0.sequence) })
  }

  /// Parked copies of a queue whose time has come, the longest due first.
  func due(_ index: Int, at now: Int64, limit: Int) throws(DatabaseError) -> [EmbeddedRow] {
    try rowStatements.due(queue: queues[index].number, at: now, limit: limit)
  }

  /// Parked copies of a queue with a higher number than `sequence`, oldest first, whatever time they wait for.
  func parked(_ index: Int, after sequence: Int64, limit: Int) throws(DatabaseError) -> [EmbeddedRow] {
    let range = sequences(of: index)
    let first = max(range.lowerBound, sequence + 1)
    return try rowStatements.parked(first..<range.upperBound, limit: limit)
  }

  /// When the next parked copy of a queue is due after `now`.
  func nextDue(_ index: Int, after now: Int64) throws(DatabaseError) -> Int64? {
    try rowStatements.nextDue(queue: queues[index].number, after: now)
  }

  /// Arrival of a queue's oldest copy, Unix milliseconds; `nil` if it has none.
  func oldest(_ index: Int) throws(DatabaseError) -> Int64? {
    guard queues[index].committed.queued > 0 else { return nil }
    return try statements.oldest(sequences(of: index))
  }
}
