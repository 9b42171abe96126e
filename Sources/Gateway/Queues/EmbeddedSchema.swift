import Database

/// The tables of the embedded queue, which is the spool as well.
///
/// `copies.seq` carries the queue's number in its upper bits, so that each queue lies together in age order and is read by a
/// range, with no second index to keep. `at` is the arrival and `due` the time to wait for, in Unix milliseconds; `due` is set
/// only while a copy waits, so its partial index costs nothing on intake.
enum EmbeddedSchema {
  /// The lower bits of `seq`; they start at the milliseconds of the present, so that no number is ever used twice,
  /// not even by a file that replaces a damaged one. Enough until the year 2164, for 2,000,000 queues.
  static let sequenceBits: Int64 = 42

  /// 2025-01-01 in Unix milliseconds, where the numbers begin.
  static let sequenceEpoch: Int64 = 1_735_689_600_000

  static let version: Int64 = 1

  static func prepare(_ database: Database) throws(DatabaseError) {
    let found = try database.prepare("PRAGMA user_version")
    _ = try found.step()
    let version = found.int(0)
    found.reset()
    guard version != Self.version else { return }
    guard version == 0 else {
      throw DatabaseError(
        code: .cannotOpen, description: "\(database.path) was written by a newer version (schema \(version))")
    }
    try database.execute(
      """
      BEGIN IMMEDIATE;
      CREATE TABLE queues(
        queue INTEGER PRIMARY KEY, domain TEXT NOT NULL, sink TEXT NOT NULL,
        stored INTEGER NOT NULL DEFAULT 0, delivered INTEGER NOT NULL DEFAULT 0,
        disabled INTEGER NOT NULL DEFAULT 0, buried INTEGER NOT NULL DEFAULT 0,
        quarantined INTEGER NOT NULL DEFAULT 0,
        queued INTEGER NOT NULL DEFAULT 0, parked INTEGER NOT NULL DEFAULT 0,
        bytes INTEGER NOT NULL DEFAULT 0, dead INTEGER NOT NULL DEFAULT 0, dead_bytes INTEGER NOT NULL DEFAULT 0,
        UNIQUE(domain, sink));
      CREATE TABLE copies(
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL, target INTEGER NOT NULL, body BLOB NOT NULL, checksum INTEGER NOT NULL,
        at INTEGER NOT NULL, attempt INTEGER NOT NULL DEFAULT 0, due INTEGER, lane TEXT);
      CREATE INDEX copies_due ON copies(seq >> \(sequenceBits), due) WHERE due IS NOT NULL;
      CREATE TABLE dead(
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL, target INTEGER NOT NULL, body BLOB NOT NULL, checksum INTEGER NOT NULL,
        at INTEGER NOT NULL, attempt INTEGER NOT NULL, reason TEXT NOT NULL, last_status INTEGER NOT NULL, last_error TEXT NOT NULL,
        died_at INTEGER NOT NULL);
      PRAGMA user_version=\(Self.version);
      COMMIT;
      """)
  }
}
