import Core
import Database
import Platform

/// The prepared statements for what an operator does with dead letters.
final class EmbeddedDeadStatements {
  private let database: Database
  private let selectRows: Statement
  private let selectLetter: Statement
  private let insertParked: Statement
  private let remove: Statement

  init(_ database: Database) throws(DatabaseError) {
    self.database = database
    selectRows = try database.prepare(
      """
      SELECT seq, id, target, length(body), attempt, reason, last_status, last_error, died_at FROM dead
      WHERE seq>?1 ORDER BY seq LIMIT ?2
      """)
    selectLetter = try database.prepare("SELECT id, target, body, checksum, at, attempt, digest FROM dead WHERE seq=?1")
    insertParked = try database.prepare(
      """
      INSERT INTO parked(seq, id, target, body, checksum, at, digest, attempt, due, lane)
      SELECT seq, id, target, body, checksum, at, digest, 0, ?2, '' FROM dead WHERE seq=?1
      """)
    remove = try database.prepare("DELETE FROM dead WHERE seq=?1")
  }

  /// What follows a body in its row lies behind all its pages, so that large letters take time: `deadline` is in
  /// monotonic nanoseconds. At least one row is read if there is any.
  func rows(after sequence: Int64, limit: Int, until deadline: UInt64) throws(DatabaseError) -> [EmbeddedDeadRow] {
    selectRows.bind(1, sequence)
    selectRows.bind(2, Int64(limit))
    defer { selectRows.reset() }
    var rows: [EmbeddedDeadRow] = []
    while try selectRows.step() {
      rows.append(
        EmbeddedDeadRow(
          sequence: selectRows.int(0), id: selectRows.text(1),
          audience: Audience?(code: UInt8(truncatingIfNeeded: selectRows.int(2))), bytes: Int(selectRows.int(3)),
          attempt: Int(clamping: selectRows.int(4)), reason: selectRows.text(5),
          lastStatus: Int(clamping: selectRows.int(6)), lastError: selectRows.text(7), diedAt: selectRows.int(8)))
      if Clock.monotonicNanoseconds() >= deadline { break }
    }
    return rows
  }

  func letter(_ sequence: Int64) throws(DatabaseError) -> EmbeddedRow? {
    selectLetter.bind(1, sequence)
    defer { selectLetter.reset() }
    guard try selectLetter.step() else { return nil }
    let kept = selectLetter.int(3)
    let row = EmbeddedRow(
      sequence: sequence, id: selectLetter.bytes(0),
      audience: Audience?(code: UInt8(truncatingIfNeeded: selectLetter.int(1))),
      digest: ContentDigest(selectLetter.bytes(6).span), attempt: Int(clamping: selectLetter.int(5)),
      body: selectLetter.bytes(2), at: selectLetter.int(4), isIntact: true,
      pack: nil)
    return row.checksum == kept ? row : row.damaged
  }

  /// False if there is no such letter.
  func moveToParked(_ sequence: Int64, due: Int64) throws(DatabaseError) -> Bool {
    insertParked.bind(1, sequence)
    insertParked.bind(2, due)
    try insertParked.run()
    guard database.changes == 1 else { return false }
    return try delete(sequence)
  }

  func delete(_ sequence: Int64) throws(DatabaseError) -> Bool {
    remove.bind(1, sequence)
    try remove.run()
    return database.changes == 1
  }
}
