import Database

/// The tables of the embedded queue, which is the spool as well.
///
/// New copies lie in packs: those that one commit brought for one queue are one row, so that storing a copy costs little more
/// than its bytes, and settling a whole pack is one delete. `first` is the sequence number of a pack's first copy; `gone` names
/// the copies that were settled while others of their pack were not. A copy that must wait moves to `parked`, a row of its own.
/// Sequence numbers carry the queue's number in their upper bits, so that a queue lies together in age order and is read by a
/// range. `format` says what a pack's checksums cover. `parked_checksum` and `parked_digest` find a copy that the broker gives
/// out twice. `seen` is what intake remembers of events with client-given ids, a row for what one commit brought; see
/// ``EmbeddedSeen``. `at` is the arrival and `due` the time to wait for, in Unix milliseconds.
enum EmbeddedSchema {
  /// The lower bits of a sequence number; they start at the milliseconds of the present, so that no number is ever used twice,
  /// not even by a file that replaces a damaged one. Enough until the year 2164, for 2,000,000 queues.
  static let sequenceBits: Int64 = 42

  /// 2025-01-01 in Unix milliseconds, where the numbers begin.
  static let sequenceEpoch: Int64 = 1_735_689_600_000

  static let version: Int64 = 2

  /// Makes the tables that are missing; returns the version that was found, 0 in an empty file.
  static func prepare(_ database: Database) throws(DatabaseError) -> Int64 {
    let found = try database.prepare("PRAGMA user_version")
    _ = try found.step()
    let version = found.int(0)
    found.reset()
    switch version {
    case Self.version: break
    case 0: try create(database)
    case 1: try migrateFrom1(database)
    default:
      throw DatabaseError(
        code: .cannotOpen, description: "\(database.path) was written by a newer version (schema \(version))")
    }
    return version
  }

  private static func create(_ database: Database) throws(DatabaseError) {
    try database.execute(
      """
      BEGIN IMMEDIATE;
      CREATE TABLE queues(
        queue INTEGER PRIMARY KEY, domain TEXT NOT NULL, sink TEXT NOT NULL,
        stored INTEGER NOT NULL DEFAULT 0, delivered INTEGER NOT NULL DEFAULT 0,
        disabled INTEGER NOT NULL DEFAULT 0, buried INTEGER NOT NULL DEFAULT 0,
        quarantined INTEGER NOT NULL DEFAULT 0, republished INTEGER NOT NULL DEFAULT 0,
        queued INTEGER NOT NULL DEFAULT 0, parked INTEGER NOT NULL DEFAULT 0,
        bytes INTEGER NOT NULL DEFAULT 0, dead INTEGER NOT NULL DEFAULT 0, dead_bytes INTEGER NOT NULL DEFAULT 0,
        UNIQUE(domain, sink));
      CREATE TABLE packs(
        first INTEGER PRIMARY KEY, copies INTEGER NOT NULL, at INTEGER NOT NULL, content BLOB NOT NULL,
        format INTEGER NOT NULL DEFAULT 1);
      CREATE TABLE gone(seq INTEGER PRIMARY KEY);
      CREATE TABLE parked(
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL, target INTEGER NOT NULL, body BLOB NOT NULL, checksum INTEGER NOT NULL,
        at INTEGER NOT NULL, attempt INTEGER NOT NULL, due INTEGER NOT NULL, lane TEXT NOT NULL,
        digest BLOB);
      CREATE INDEX parked_due ON parked(seq >> \(sequenceBits), due);
      CREATE INDEX parked_checksum ON parked(checksum);
      CREATE TABLE dead(
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL, target INTEGER NOT NULL, body BLOB NOT NULL, checksum INTEGER NOT NULL,
        at INTEGER NOT NULL, attempt INTEGER NOT NULL, reason TEXT NOT NULL, last_status INTEGER NOT NULL,
        last_error TEXT NOT NULL, died_at INTEGER NOT NULL, digest BLOB);
      \(indexAndSeen)
      PRAGMA user_version=\(Self.version);
      COMMIT;
      """)
  }

  /// Finds the oldest copies of a lane; made where lanes are ordered.
  static let laneIndex = "CREATE INDEX IF NOT EXISTS parked_lane ON parked(lane)"

  private static let indexAndSeen = """
    CREATE INDEX parked_digest ON parked(digest) WHERE digest IS NOT NULL;
    CREATE TABLE seen(number INTEGER PRIMARY KEY, at INTEGER NOT NULL, content BLOB NOT NULL);
    """

  /// Version 1 knew neither a broker nor duplicates, and its packs are of format 1.
  private static func migrateFrom1(_ database: Database) throws(DatabaseError) {
    do {
      try database.execute(
        """
        BEGIN IMMEDIATE;
        ALTER TABLE queues ADD COLUMN republished INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE packs ADD COLUMN format INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE parked ADD COLUMN digest BLOB;
        ALTER TABLE dead ADD COLUMN digest BLOB;
        CREATE INDEX parked_checksum ON parked(checksum);
        \(indexAndSeen)
        PRAGMA user_version=\(Self.version);
        COMMIT;
        """)
    } catch {
      if database.isInTransaction { try? database.execute("ROLLBACK") }
      throw error
    }
  }
}
