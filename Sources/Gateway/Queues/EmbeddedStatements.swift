import Core
import Database

/// The prepared statements of one embedded queue file, each written once.
final class EmbeddedStatements {
  let begin: Statement
  let commit: Statement
  let delete: Statement
  let ready: Statement
  let due: Statement
  let nextDue: Statement
  let oldest: Statement
  let pageCount: Statement
  let freeCount: Statement
  private let insertCopy: Statement
  private let insertDead: Statement
  private let parkCopy: Statement
  private let releaseLane: Statement
  private let addCounters: Statement
  private let insertQueue: Statement
  private let maxCopy: Statement
  private let maxDead: Statement

  static let selectQueues = """
    SELECT queue, domain, sink, stored, delivered, disabled, buried, quarantined, queued, parked, bytes, dead, dead_bytes
    FROM queues
    """

  init(_ database: Database) throws(DatabaseError) {
    let bits = EmbeddedSchema.sequenceBits
    let columns = "seq, id, target, body, checksum, attempt"
    begin = try database.prepare("BEGIN IMMEDIATE")
    commit = try database.prepare("COMMIT")
    insertCopy = try database.prepare(
      "INSERT INTO copies(seq, id, target, body, checksum, at) VALUES(?1, ?2, ?3, ?4, ?5, ?6)")
    delete = try database.prepare("DELETE FROM copies WHERE seq=?1")
    ready = try database.prepare(
      "SELECT \(columns) FROM copies WHERE seq>?1 AND seq<?2 AND due IS NULL ORDER BY seq LIMIT ?3")
    due = try database.prepare(
      "SELECT \(columns) FROM copies WHERE seq>>\(bits)=?1 AND due<=?2 AND due IS NOT NULL ORDER BY due LIMIT ?3")
    nextDue = try database.prepare(
      "SELECT min(due) FROM copies WHERE seq>>\(bits)=?1 AND due>?2 AND due IS NOT NULL")
    oldest = try database.prepare("SELECT at FROM copies WHERE seq>=?1 AND seq<?2 ORDER BY seq LIMIT 1")
    insertDead = try database.prepare(
      """
      INSERT OR REPLACE INTO dead(seq, id, target, body, checksum, at, attempt, reason, last_status, last_error, died_at)
      SELECT seq, id, target, body, checksum, at, ?2, ?3, ?4, ?5, ?6 FROM copies WHERE seq=?1
      """)
    parkCopy = try database.prepare("UPDATE copies SET due=?2, lane=?3, attempt=?4 WHERE seq=?1")
    releaseLane = try database.prepare(
      "UPDATE copies SET due=?3 WHERE seq>>\(bits)=?1 AND due>?3 AND due IS NOT NULL AND lane=?2")
    addCounters = try database.prepare(
      """
      UPDATE queues SET stored=stored+?2, delivered=delivered+?3, disabled=disabled+?4, buried=buried+?5,
        quarantined=quarantined+?6, queued=queued+?7, parked=parked+?8, bytes=bytes+?9, dead=dead+?10,
        dead_bytes=dead_bytes+?11
      WHERE queue=?1
      """)
    insertQueue = try database.prepare("INSERT OR IGNORE INTO queues(domain, sink) VALUES(?1, ?2)")
    maxCopy = try database.prepare("SELECT max(seq) FROM copies WHERE seq>=?1 AND seq<?2")
    maxDead = try database.prepare("SELECT max(seq) FROM dead WHERE seq>=?1 AND seq<?2")
    pageCount = try database.prepare("PRAGMA page_count")
    freeCount = try database.prepare("PRAGMA freelist_count")
  }

  func single(_ statement: Statement) throws(DatabaseError) -> Int64 {
    defer { statement.reset() }
    return try statement.step() ? statement.int(0) : 0
  }

  func insert(
    sequence: Int64, id: Span<UInt8>, target: Int64, body: Span<UInt8>, checksum: Int64, at: Int64
  ) throws(DatabaseError) {
    insertCopy.bind(1, sequence)
    insertCopy.bind(3, target)
    insertCopy.bind(5, checksum)
    insertCopy.bind(6, at)
    try insertCopy.run(blob: body, at: 4, text: id, at: 2)
  }

  func bury(sequence: Int64, _ note: DeathNote, at now: Int64) throws(DatabaseError) {
    insertDead.bind(1, sequence)
    insertDead.bind(2, Int64(note.attempt))
    insertDead.bind(3, note.reason.rawValue)
    insertDead.bind(4, Int64(note.lastStatus))
    insertDead.bind(5, note.lastError)
    insertDead.bind(6, now)
    try insertDead.run()
  }

  func park(sequence: Int64, _ parking: Parking) throws(DatabaseError) {
    parkCopy.bind(1, sequence)
    parkCopy.bind(2, parking.dueAt)
    parkCopy.bind(3, parking.lane)
    parkCopy.bind(4, Int64(parking.attempt))
    try parkCopy.run()
  }

  func release(queue: Int64, lane: String, at now: Int64) throws(DatabaseError) {
    releaseLane.bind(1, queue)
    releaseLane.bind(2, lane)
    releaseLane.bind(3, now)
    try releaseLane.run()
  }

  func register(_ name: QueueName) throws(DatabaseError) {
    insertQueue.bind(1, name.domain)
    insertQueue.bind(2, name.sink.rawValue)
    try insertQueue.run()
  }

  func count(_ change: QueueCounters, queue: Int64) throws(DatabaseError) {
    addCounters.bind(1, queue)
    addCounters.bind(2, change.stored)
    addCounters.bind(3, change.delivered)
    addCounters.bind(4, change.disabled)
    addCounters.bind(5, change.buried)
    addCounters.bind(6, change.quarantined)
    addCounters.bind(7, change.queued)
    addCounters.bind(8, change.parked)
    addCounters.bind(9, change.bytes)
    addCounters.bind(10, change.dead)
    addCounters.bind(11, change.deadBytes)
    try addCounters.run()
  }

  /// The counters in a row of `selectQueues`.
  static func counters(_ row: Statement) -> QueueCounters {
    QueueCounters(
      stored: row.int(3), delivered: row.int(4), disabled: row.int(5), buried: row.int(6), quarantined: row.int(7),
      queued: row.int(8), parked: row.int(9), bytes: row.int(10), dead: row.int(11), deadBytes: row.int(12))
  }

  /// The highest number that a queue's copies and dead letters have; a new queue's numbers start at its first.
  func lastSequence(queue: Int64) throws(DatabaseError) -> Int64 {
    let first = queue << EmbeddedSchema.sequenceBits
    var last = first
    for select in [maxCopy, maxDead] {
      select.bind(1, first)
      select.bind(2, first + 1 << EmbeddedSchema.sequenceBits)
      last = max(last, try single(select))
    }
    return last
  }
}
