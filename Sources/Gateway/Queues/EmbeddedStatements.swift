import Core
import Database

/// The prepared statements of one embedded queue file for packs and totals, each written once.
final class EmbeddedStatements {
  let begin: Statement
  let commit: Statement
  let pageCount: Statement
  let freeCount: Statement
  private let insertPack: Statement
  private let selectPack: Statement
  private let removePack: Statement
  private let insertGoneRow: Statement
  private let selectGone: Statement
  private let removeGone: Statement
  private let oldestPack: Statement
  private let oldestParked: Statement
  private let addCounters: Statement
  private let insertQueue: Statement
  private let lastNumbers: Statement

  static let selectQueues = """
    SELECT queue, domain, sink, stored, delivered, disabled, buried, quarantined, republished, queued, parked, bytes, dead,
      dead_bytes
    FROM queues
    """

  init(_ database: Database) throws(DatabaseError) {
    begin = try database.prepare("BEGIN IMMEDIATE")
    commit = try database.prepare("COMMIT")
    pageCount = try database.prepare("PRAGMA page_count")
    freeCount = try database.prepare("PRAGMA freelist_count")
    insertPack = try database.prepare(
      "INSERT INTO packs(first, copies, at, content, format) VALUES(?1, ?2, ?3, ?4, \(EmbeddedPack.format))")
    selectPack = try database.prepare(
      "SELECT first, copies, at, content, format FROM packs WHERE first>?1 AND first<?2 ORDER BY first LIMIT 1")
    removePack = try database.prepare("DELETE FROM packs WHERE first=?1")
    insertGoneRow = try database.prepare("INSERT OR IGNORE INTO gone(seq) VALUES(?1)")
    selectGone = try database.prepare("SELECT seq FROM gone WHERE seq>=?1 AND seq<?2")
    removeGone = try database.prepare("DELETE FROM gone WHERE seq>=?1 AND seq<?2")
    oldestPack = try database.prepare("SELECT at FROM packs WHERE first>=?1 AND first<?2 ORDER BY first LIMIT 1")
    oldestParked = try database.prepare("SELECT at FROM parked WHERE seq>=?1 AND seq<?2 ORDER BY seq LIMIT 1")
    addCounters = try database.prepare(
      """
      UPDATE queues SET stored=stored+?2, delivered=delivered+?3, disabled=disabled+?4, buried=buried+?5,
        quarantined=quarantined+?6, republished=republished+?7, queued=queued+?8, parked=parked+?9, bytes=bytes+?10,
        dead=dead+?11, dead_bytes=dead_bytes+?12
      WHERE queue=?1
      """)
    insertQueue = try database.prepare("INSERT OR IGNORE INTO queues(domain, sink) VALUES(?1, ?2)")
    lastNumbers = try database.prepare(
      """
      SELECT max(
        coalesce((SELECT first+copies FROM packs WHERE first>=?1 AND first<?2 ORDER BY first DESC LIMIT 1), 0),
        coalesce((SELECT max(seq)+1 FROM parked WHERE seq>=?1 AND seq<?2), 0),
        coalesce((SELECT max(seq)+1 FROM dead WHERE seq>=?1 AND seq<?2), 0))
      """)
  }

  func single(_ statement: Statement) throws(DatabaseError) -> Int64 {
    defer { statement.reset() }
    return try statement.step() ? statement.int(0) : 0
  }

  // MARK: Packs

  func insert(_ pack: EmbeddedPack, at now: Int64) throws(DatabaseError) {
    insertPack.bind(1, pack.first)
    insertPack.bind(2, Int64(pack.copies))
    insertPack.bind(3, now)
    try insertPack.run(blob: pack.content.span, at: 4)
  }

  func pack(
    after cursor: Int64, before end: Int64
  ) throws(DatabaseError) -> (first: Int64, copies: Int, at: Int64, content: [UInt8], format: Int64)? {
    selectPack.bind(1, cursor)
    selectPack.bind(2, end)
    defer { selectPack.reset() }
    guard try selectPack.step() else { return nil }
    // Damaged pages can say anything; a number that cannot be must not send a reader round for ever.
    guard (cursor + 1..<end).contains(selectPack.int(0)),
      (1...Int64(EmbeddedPack.maxCopies)).contains(selectPack.int(1))
    else { throw DatabaseError(code: .corrupt, description: "a pack has an impossible number") }
    return (selectPack.int(0), Int(selectPack.int(1)), selectPack.int(2), selectPack.bytes(3), selectPack.int(4))
  }

  func deletePack(first: Int64, copies: Int, hadGone: Bool) throws(DatabaseError) {
    removePack.bind(1, first)
    try removePack.run()
    guard hadGone else { return }
    removeGone.bind(1, first)
    removeGone.bind(2, first + Int64(copies))
    try removeGone.run()
  }

  func insertGone(_ sequence: Int64) throws(DatabaseError) {
    insertGoneRow.bind(1, sequence)
    try insertGoneRow.run()
  }

  func gone(from first: Int64, copies: Int) throws(DatabaseError) -> Set<Int64> {
    selectGone.bind(1, first)
    selectGone.bind(2, first + Int64(copies))
    defer { selectGone.reset() }
    var gone: Set<Int64> = []
    while try selectGone.step() { gone.insert(selectGone.int(0)) }
    return gone
  }

  // MARK: Queues

  func oldest(_ range: Range<Int64>) throws(DatabaseError) -> Int64? {
    var oldest: Int64?
    for select in [oldestPack, oldestParked] {
      select.bind(1, range.lowerBound)
      select.bind(2, range.upperBound)
      defer { select.reset() }
      if try select.step() { oldest = min(oldest ?? .max, select.int(0)) }
    }
    return oldest
  }

  func register(_ name: QueueName) throws(DatabaseError) {
    insertQueue.bind(1, name.domain)
    insertQueue.bind(2, name.sink.rawValue)
    try insertQueue.run()
  }

  func count(_ change: QueueCounters, queue: Int64) throws(DatabaseError) {
    let totals = [
      change.stored, change.delivered, change.disabled, change.buried, change.quarantined, change.republished,
      change.queued, change.parked, change.bytes, change.dead, change.deadBytes,
    ]
    addCounters.bind(1, queue)
    for (index, total) in totals.enumerated() { addCounters.bind(Int32(index + 2), total) }
    try addCounters.run()
  }

  /// The counters in a row of `selectQueues`.
  static func counters(_ row: Statement) -> QueueCounters {
    QueueCounters(
      stored: row.int(3), delivered: row.int(4), disabled: row.int(5), buried: row.int(6), quarantined: row.int(7),
      republished: row.int(8), queued: row.int(9), parked: row.int(10), bytes: row.int(11), dead: row.int(12),
      deadBytes: row.int(13))
  }

  /// One more than the highest number that a queue's copies and dead letters have.
  func nextSequence(queue: Int64) throws(DatabaseError) -> Int64 {
    let first = queue << EmbeddedSchema.sequenceBits
    lastNumbers.bind(1, first)
    lastNumbers.bind(2, first + 1 << EmbeddedSchema.sequenceBits)
    return max(first, try single(lastNumbers))
  }
}
