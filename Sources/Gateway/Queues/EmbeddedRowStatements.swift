import Core
import Database

/// The prepared statements of one embedded queue file for copies that are rows of their own: parked ones and dead letters.
final class EmbeddedRowStatements {
  private let parkRow: Statement
  private let reparkRow: Statement
  private let removeParked: Statement
  private let selectDue: Statement
  private let selectParked: Statement
  private let selectSame: Statement
  private let selectSameDigest: Statement
  private let selectNextDue: Statement
  private let countLanes: Statement
  private let releaseLane: Statement
  private let selectOldest: Statement
  private let wakeRow: Statement
  private let wakeQueue: Statement
  private let insertDead: Statement

  init(_ database: Database) throws(DatabaseError) {
    let bits = EmbeddedSchema.sequenceBits
    parkRow = try database.prepare(
      """
      INSERT INTO parked(seq, id, target, body, checksum, at, digest, attempt, due, lane)
      VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
      """)
    reparkRow = try database.prepare("UPDATE parked SET attempt=?2, due=?3, lane=?4 WHERE seq=?1")
    removeParked = try database.prepare("DELETE FROM parked WHERE seq=?1")
    selectDue = try database.prepare(
      """
      SELECT seq, id, target, body, checksum, at, attempt, digest, lane FROM parked
      WHERE seq>>\(bits)=?1 AND due<=?2 ORDER BY due, seq LIMIT ?3
      """)
    selectParked = try database.prepare(
      """
      SELECT seq, id, target, body, checksum, at, attempt, digest, lane FROM parked
      WHERE seq>=?1 AND seq<?2 ORDER BY seq LIMIT ?3
      """)
    selectSame = try database.prepare(
      """
      SELECT 1 FROM parked INDEXED BY parked_checksum
      WHERE checksum=?1 AND seq>>\(bits)=?2 AND id=?3 AND body=?4 LIMIT 1
      """)
    selectSameDigest = try database.prepare("SELECT id, target FROM parked WHERE digest=?1 AND seq>>\(bits)=?2")
    selectNextDue = try database.prepare("SELECT min(due) FROM parked WHERE seq>>\(bits)=?1 AND due>?2")
    countLanes = try database.prepare(
      "SELECT count(*) FROM parked WHERE seq>=?1 AND seq<?2 AND substr(lane, 1, length(?3))=?3")
    releaseLane = try database.prepare("UPDATE parked SET due=?3 WHERE seq>>\(bits)=?1 AND due>?3 AND lane=?2")
    selectOldest = try database.prepare(
      "SELECT seq FROM parked WHERE lane=?1 AND seq>=?2 AND seq<?3 ORDER BY seq LIMIT ?4")
    wakeRow = try database.prepare("UPDATE parked SET due=?2 WHERE seq=?1 AND due>?2")
    wakeQueue = try database.prepare(
      "UPDATE parked SET due=0 WHERE seq>>\(bits)=?1 AND due>=?2 AND due<=?3")
    insertDead = try database.prepare(
      """
      INSERT INTO dead(seq, id, target, body, checksum, at, digest, attempt, reason, last_status, last_error, died_at)
      VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
      """)
  }

  func park(_ row: EmbeddedRow, _ parking: Parking) throws(DatabaseError) {
    bind(row, to: parkRow)
    parkRow.bind(8, Int64(parking.attempt))
    parkRow.bind(9, parking.dueAt)
    parkRow.bind(10, parking.lane)
    try parkRow.run()
  }

  func repark(_ sequence: Int64, _ parking: Parking) throws(DatabaseError) {
    reparkRow.bind(1, sequence)
    reparkRow.bind(2, Int64(parking.attempt))
    reparkRow.bind(3, parking.dueAt)
    reparkRow.bind(4, parking.lane)
    try reparkRow.run()
  }

  func deleteParked(_ sequence: Int64) throws(DatabaseError) {
    removeParked.bind(1, sequence)
    try removeParked.run()
  }

  /// Whether a copy with the same id and digest, or without a digest the same body, is parked in `queue`.
  func isParked(_ row: EmbeddedRow, queue: Int64) throws(DatabaseError) -> Bool {
    if let digest = row.digest { return try isParked(row.messageID, digest, queue: queue) }
    selectSame.bind(1, row.checksum)
    selectSame.bind(2, queue)
    selectSame.bind(3, String(decoding: row.id, as: UTF8.self))
    selectSame.bind(4, blob: row.body)
    defer { selectSame.reset() }
    return try selectSame.step()
  }

  private func isParked(_ messageID: String, _ digest: ContentDigest, queue: Int64) throws(DatabaseError) -> Bool {
    let select = selectSameDigest
    select.bind(1, blob: digest.bytes)
    select.bind(2, queue)
    defer { select.reset() }
    while try select.step() {
      let audience = Audience?(code: UInt8(truncatingIfNeeded: select.int(1)))
      if EmbeddedRow.messageID(select.bytes(0), audience) == messageID { return true }
    }
    return false
  }

  func due(queue: Int64, at now: Int64, limit: Int) throws(DatabaseError) -> [EmbeddedRow] {
    let select = selectDue
    select.bind(1, queue)
    select.bind(2, now)
    select.bind(3, Int64(limit))
    return try rows(select)
  }

  /// Parked copies whose numbers lie in `range`, in their order.
  func parked(_ range: Range<Int64>, limit: Int) throws(DatabaseError) -> [EmbeddedRow] {
    let select = selectParked
    select.bind(1, range.lowerBound)
    select.bind(2, range.upperBound)
    select.bind(3, Int64(limit))
    return try rows(select)
  }

  private func rows(_ select: Statement) throws(DatabaseError) -> [EmbeddedRow] {
    defer { select.reset() }
    var rows: [EmbeddedRow] = []
    while try select.step() {
      let kept = select.int(4)
      let row = EmbeddedRow(
        sequence: select.int(0), id: select.bytes(1),
        audience: Audience?(code: UInt8(truncatingIfNeeded: select.int(2))),
        digest: ContentDigest(select.bytes(7).span), attempt: Int(select.int(6)),
        body: select.bytes(3), at: select.int(5), isIntact: true, pack: nil, lane: select.text(8))
      rows.append(row.checksum == kept ? row : row.damaged)
    }
    return rows
  }

  func nextDue(queue: Int64, after now: Int64) throws(DatabaseError) -> Int64? {
    selectNextDue.bind(1, queue)
    selectNextDue.bind(2, now)
    defer { selectNextDue.reset() }
    return try selectNextDue.step() && !selectNextDue.isNull(0) ? selectNextDue.int(0) : nil
  }

  /// How many copies with numbers in `range` are parked in lanes that begin with `prefix`. Looks at each of them.
  func count(_ range: Range<Int64>, lanes prefix: String) throws(DatabaseError) -> Int64 {
    countLanes.bind(1, range.lowerBound)
    countLanes.bind(2, range.upperBound)
    countLanes.bind(3, prefix)
    defer { countLanes.reset() }
    return try countLanes.step() ? countLanes.int(0) : 0
  }

  func release(queue: Int64, lane: String, at now: Int64) throws(DatabaseError) {
    releaseLane.bind(1, queue)
    releaseLane.bind(2, lane)
    releaseLane.bind(3, now)
    try releaseLane.run()
  }

  /// The numbers in `range` of the oldest copies parked in `lane`, at most `limit`.
  func oldest(_ range: Range<Int64>, lane: String, limit: Int) throws(DatabaseError) -> [Int64] {
    selectOldest.bind(1, lane)
    selectOldest.bind(2, range.lowerBound)
    selectOldest.bind(3, range.upperBound)
    selectOldest.bind(4, Int64(limit))
    defer { selectOldest.reset() }
    var found: [Int64] = []
    while try selectOldest.step() { found.append(selectOldest.int(0)) }
    return found
  }

  /// Makes a parked copy due at `now` if it is not.
  func wake(_ sequence: Int64, at now: Int64) throws(DatabaseError) {
    wakeRow.bind(1, sequence)
    wakeRow.bind(2, now)
    try wakeRow.run()
  }

  /// Makes due what is parked in a queue until a time of `dues`.
  func wakeAll(queue: Int64, _ dues: ClosedRange<Int64>) throws(DatabaseError) {
    wakeQueue.bind(1, queue)
    wakeQueue.bind(2, dues.lowerBound)
    wakeQueue.bind(3, dues.upperBound)
    try wakeQueue.run()
  }

  func bury(_ row: EmbeddedRow, _ note: DeathNote, at now: Int64) throws(DatabaseError) {
    bind(row, to: insertDead)
    insertDead.bind(8, Int64(note.attempt))
    insertDead.bind(9, note.reason.rawValue)
    insertDead.bind(10, Int64(note.lastStatus))
    insertDead.bind(11, note.lastError)
    insertDead.bind(12, now)
    try insertDead.run()
  }

  private func bind(_ row: EmbeddedRow, to statement: Statement) {
    statement.bind(1, row.sequence)
    statement.bind(2, String(decoding: row.id, as: UTF8.self))
    statement.bind(3, Int64(row.audience.code))
    statement.bind(4, blob: row.body)
    statement.bind(5, row.checksum)
    statement.bind(6, row.at)
    statement.bind(7, blob: row.digest?.bytes)
  }
}
