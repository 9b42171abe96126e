import CSQLite

/// A prepared statement: bind, step, read columns, reset. Confined to its database's thread.
@safe package final class Statement {
  private let handle: OpaquePointer
  private let database: OpaquePointer?

  init(_ handle: OpaquePointer, of database: OpaquePointer?) {
    unsafe self.handle = handle
    unsafe self.database = database
  }

  deinit { unsafe sqlite3_finalize(handle) }

  /// Indices of parameters start at 1, of columns at 0.
  package func bind(_ index: Int32, _ value: Int64) {
    unsafe sqlite3_bind_int64(handle, index, value)
  }

  package func bind(_ index: Int32, _ text: String) {
    var text = text
    text.withUTF8 { _ = unsafe csqlite_bind_text_copy(handle, index, $0.baseAddress, Int32($0.count)) }
  }

  /// `nil` is NULL.
  package func bind(_ index: Int32, blob bytes: [UInt8]?) {
    guard let bytes else {
      unsafe sqlite3_bind_null(handle, index)
      return
    }
    unsafe bytes.withUnsafeBytes { _ = unsafe csqlite_bind_blob_copy(handle, index, $0.baseAddress, Int32($0.count)) }
  }

  /// Runs a statement that yields no rows with a parameter that is borrowed, not copied.
  package func run(blob: Span<UInt8>, at index: Int32) throws(DatabaseError) {
    let result = unsafe blob.withUnsafeBufferPointer { blob in
      unsafe csqlite_bind_blob_static(handle, index, blob.baseAddress, Int32(blob.count))
      let result = unsafe sqlite3_step(handle)
      unsafe sqlite3_reset(handle)
      unsafe sqlite3_bind_null(handle, index)
      return result
    }
    guard result == SQLITE_DONE else { throw unsafe DatabaseError(database, result) }
  }

  /// Runs to the next row; false at the end, after which the statement is reset.
  package func step() throws(DatabaseError) -> Bool {
    let result = unsafe sqlite3_step(handle)
    switch result {
    case SQLITE_ROW: return true
    case SQLITE_DONE:
      unsafe sqlite3_reset(handle)
      return false
    default:
      let error = unsafe DatabaseError(database, result)
      unsafe sqlite3_reset(handle)
      throw error
    }
  }

  /// Runs a statement that yields no rows.
  package func run() throws(DatabaseError) {
    while try step() {}
  }

  /// Ends a run early, so that it holds no page.
  package func reset() {
    unsafe sqlite3_reset(handle)
  }

  package func int(_ column: Int32) -> Int64 {
    unsafe sqlite3_column_int64(handle, column)
  }

  package func isNull(_ column: Int32) -> Bool {
    unsafe sqlite3_column_type(handle, column) == SQLITE_NULL
  }

  package func bytes(_ column: Int32) -> [UInt8] {
    guard let start = unsafe sqlite3_column_blob(handle, column) else { return [] }
    return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
  }

  /// The column's text; bytes that are not UTF-8 are repaired.
  package func text(_ column: Int32) -> String {
    String(decoding: bytes(column), as: UTF8.self)
  }
}
