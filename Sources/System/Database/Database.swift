import CSQLite

/// One SQLite file in WAL mode with `synchronous=FULL`: a commit that returned is on the disk.
///
/// Exactly one connection per file, confined to the thread that made it, for writes and reads alike: SQLite up to 3.51.2 can
/// lose commits when a second connection resets the WAL.
@safe package final class Database {
  private var handle: OpaquePointer?
  private let walPageCount: UnsafeMutablePointer<Int32>
  package let path: String

  /// Bytes of a page: a commit of many rows writes fewer, larger pieces than with SQLite's 4096.
  package static let pageBytes = 8192

  /// Opens or creates the file at `path`; its folder must exist.
  package init(path: String) throws(DatabaseError) {
    self.path = path
    unsafe walPageCount = .allocate(capacity: 1)
    unsafe walPageCount.initialize(to: 0)
    var opened: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
    let result = unsafe sqlite3_open_v2(path, &opened, flags, nil)
    guard result == SQLITE_OK else {
      let error = unsafe DatabaseError(opened, result)
      unsafe sqlite3_close_v2(opened)
      throw error
    }
    unsafe handle = opened
    // Exclusive locking keeps the WAL index in our own memory: no -shm file, no second connection.
    try execute("PRAGMA locking_mode=EXCLUSIVE")
    try execute("PRAGMA page_size=\(Self.pageBytes)")
    try execute("PRAGMA auto_vacuum=INCREMENTAL")
    try execute("PRAGMA journal_mode=WAL")
    try execute("PRAGMA synchronous=FULL")
    unsafe csqlite_watch_wal(handle, walPageCount)
    try execute("PRAGMA cache_size=-16384")
    try execute("PRAGMA trusted_schema=OFF")
  }

  /// Statements made from it keep the file open until they are gone.
  deinit {
    unsafe sqlite3_close_v2(handle)
    unsafe walPageCount.deallocate()
  }

  /// Runs statements that return nothing of interest.
  package func execute(_ sql: String) throws(DatabaseError) {
    let result = unsafe sqlite3_exec(handle, sql, nil, nil, nil)
    guard result == SQLITE_OK else { throw unsafe DatabaseError(handle, result) }
  }

  package func prepare(_ sql: String) throws(DatabaseError) -> Statement {
    var statement: OpaquePointer?
    let result = unsafe sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
    guard result == SQLITE_OK, let statement = unsafe statement else {
      throw unsafe DatabaseError(handle, result)
    }
    return unsafe Statement(statement, of: handle)
  }

  /// Rows changed by the last statement.
  package var changes: Int { unsafe Int(sqlite3_changes(handle)) }

  /// True between `BEGIN` and its end; SQLite ends a transaction itself after some errors.
  package var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }

  /// Pages that the write-ahead log held after the last commit; `checkpoint` lets it start again.
  package var walPages: Int { unsafe Int(walPageCount.pointee) }

  /// Throws `corrupt` if pages contradict each other. Reads the whole file.
  package func check() throws(DatabaseError) {
    let check = try prepare("PRAGMA quick_check(1)")
    defer { check.reset() }
    guard try check.step(), check.text(0) == "ok" else {
      throw DatabaseError(code: .corrupt, description: check.text(0))
    }
  }

  /// Moves committed pages from the WAL into the file, as many as readers allow.
  package func checkpoint() throws(DatabaseError) {
    let result = unsafe sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
    guard result == SQLITE_OK else { throw unsafe DatabaseError(handle, result) }
    unsafe walPageCount.pointee = 0
  }

  /// ``checkpoint()``, then a log of one page that says nothing new: what lay in the old one is not read again after a crash,
  /// so that no harm that came to it can matter.
  package func emptyLog() throws(DatabaseError) {
    try checkpoint()
    let version = try prepare("PRAGMA user_version")
    let number = try version.step() ? version.int(0) : 0
    version.reset()
    try execute("PRAGMA user_version=\(number)")
  }
}
