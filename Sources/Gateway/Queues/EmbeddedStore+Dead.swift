import Core
import Database

/// Looking at dead letters, and what an operator does with them.
extension EmbeddedStore {
  /// Dead letters with a higher number than `sequence`, by number, until there are `limit` or the clock says `until`.
  func dead(after sequence: Int64, limit: Int, until deadline: UInt64) throws(DatabaseError) -> [EmbeddedDeadRow] {
    try deadStatements.rows(after: sequence, limit: limit, until: deadline)
  }

  /// A dead letter with its body.
  func deadLetter(_ sequence: Int64) throws(DatabaseError) -> EmbeddedRow? {
    try deadStatements.letter(sequence)
  }

  /// The index of the queue that a copy of this number belongs to.
  func queue(of sequence: Int64) -> Int? {
    let number = sequence >> EmbeddedSchema.sequenceBits
    return queues.firstIndex { $0.number == number }
  }

  /// Puts a dead letter back into its queue as a copy that is due now and was never tried; it keeps its number. False if it
  /// is not there.
  func replay(_ row: EmbeddedDeadRow, of index: Int, at now: Int64) throws(DatabaseError) -> Bool {
    guard try deadStatements.moveToParked(row.sequence, due: now) else { return false }
    change(index) {
      $0.buried -= 1
      $0.dead -= 1
      $0.deadBytes -= Int64(row.bytes)
      $0.queued += 1
      $0.parked += 1
      $0.bytes += Int64(row.bytes)
    }
    return true
  }

  /// Deletes a dead letter for good; false if it is not there.
  func purge(_ row: EmbeddedDeadRow, of index: Int) throws(DatabaseError) -> Bool {
    guard try deadStatements.delete(row.sequence) else { return false }
    change(index) {
      $0.dead -= 1
      $0.deadBytes -= Int64(row.bytes)
    }
    return true
  }
}
