import CSQLite

/// A failed SQLite call: a closed set of codes, SQLite's own sentence, its extended result code.
package struct DatabaseError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable, CaseIterable {
    /// The file system has no room.
    case diskFull = "disk_full"
    /// Reading, writing or syncing failed.
    case inputOutput = "io"
    /// The file is not a database, or its pages contradict each other.
    case corrupt
    /// Somebody else holds the file.
    case locked
    /// The file or its folder cannot be opened or written.
    case cannotOpen = "cannot_open"
    case other
  }

  package let code: Code
  package let description: String
  /// SQLite's extended result code.
  package let underlyingCode: Int32

  package init(code: Code, description: String, underlyingCode: Int32 = 0) {
    self.code = code
    self.description = description
    self.underlyingCode = underlyingCode
  }

  /// The error that `handle` last met.
  init(_ handle: OpaquePointer?, _ result: Int32) {
    let extended = unsafe handle.map { unsafe sqlite3_extended_errcode($0) } ?? result
    let text = unsafe handle.flatMap { unsafe sqlite3_errmsg($0) } ?? sqlite3_errstr(result)
    let sentence = unsafe text.map { unsafe String(cString: $0) } ?? "unknown error"
    self.init(
      code: Self.code(of: result), description: "\(sentence) (SQLite \(extended))", underlyingCode: extended)
  }

  /// False only where trying again cannot help before somebody mends the file.
  package var isRetryable: Bool { code != .corrupt }

  private static func code(of result: Int32) -> Code {
    switch result & 0xff {
    case SQLITE_FULL: .diskFull
    case SQLITE_IOERR, SQLITE_NOMEM: .inputOutput
    case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
    case SQLITE_BUSY, SQLITE_LOCKED: .locked
    case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_READONLY, SQLITE_AUTH: .cannotOpen
    default: .other
    }
  }
}
