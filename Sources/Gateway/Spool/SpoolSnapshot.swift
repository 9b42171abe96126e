import Database
import Platform

/// A copy of a queue file and its log as they were at one moment, whether or not a gateway is writing them.
///
/// The file changes only while its log is moved into it, and every page that changes then is in the log too. So the file is
/// copied first and the log after it, and the two fit together unless the log was begun anew meanwhile: then its header has
/// another salt (SQLite's file format §4.1), and both are copied again. The original is only read: it is neither locked nor
/// opened with SQLite.
final class SpoolSnapshot {
  /// How often a copy is begun anew before the gateway is found too busy.
  static let maxAttempts = 100
  private static let logHeaderBytes = 32
  /// The largest file whose first page is replaced: it is read whole.
  private static let mendableBytes = 256 << 20

  /// The copy's path; it goes with this object.
  let path: String
  /// Bytes that the disk did not give back; the copy has zeros there.
  private(set) var lostBytes = 0
  private let folder: TemporaryFolder

  /// Copies `source` (`…/queue.db`) and its log into a folder of their own in `scratch`. `between` is called at the worst
  /// moment of each try: when the file is copied and the log is not.
  init(
    of source: String, scratch: String, attempts: Int = maxAttempts, between: () -> Void = {}
  ) throws(SpoolError) {
    do throws(SystemError) {
      folder = try TemporaryFolder(in: scratch)
    } catch {
      throw SpoolError(error)
    }
    path = folder.file("queue.db")
    let log = folder.file("queue.db-wal")
    for _ in 0..<attempts {
      let before = try Self.mark(source)
      try Self.checkRoom(before, source, scratch)
      do throws(SystemError) {
        Folder.remove(path)
        Folder.remove(log)
        lostBytes = 0
        _ = try FileCopy.copy(source, to: path, lost: &lostBytes)
        between()
        _ = try FileCopy.copy("\(source)-wal", to: log, lost: &lostBytes)
      } catch {
        throw SpoolError(error)
      }
      let after = try Self.mark(source)
      if after.file.isSameFile(as: before.file), after.logHeader == before.logHeader { return }
    }
    throw SpoolError(
      .tooBusy,
      "\(source) changes faster than it can be copied; try again when the gateway has less to do, or stop it")
  }

  /// Has SQLite read beyond damage in the log.
  func mendLog(withLastCommit: Bool) throws(SpoolError) {
    let path = "\(path)-wal"
    guard Folder.exists(path), let bytes = try? FileBytes.read(path, limit: WriteAheadLog.maxBytes) else { return }
    let log = WriteAheadLog(bytes, pageBytes: Database.pageBytes)
    guard log.finding == .damaged || withLastCommit && log.finding == .lastCommitDamaged else { return }
    do throws(SystemError) {
      try Folder.write(log.mended, to: path)
    } catch {
      throw SpoolError(error)
    }
  }

  /// Puts the first page of a new queue file in the place of this one's: the tables of all begin on the same pages. The log
  /// is left out, since it brings the damaged page or would be taken for another file's.
  func mendFirstPage() throws(SpoolError) {
    let fresh = folder.file("fresh.db")
    defer { for suffix in ["", "-wal"] { Folder.remove(fresh + suffix) } }
    do {
      var bytes = try FileBytes.read(path, limit: Self.mendableBytes)
      do {
        let database = try Database(path: fresh)
        _ = try EmbeddedSchema.prepare(database)
        try database.checkpoint()
      }
      var page = try FileBytes.read(fresh, limit: Self.mendableBytes).prefix(Database.pageBytes)
      // Pages in the file, and none of them known as free (SQLite's file format §1.3).
      let pages = UInt32(clamping: bytes.count / Database.pageBytes)
      for (index, shift) in [24, 16, 8, 0].enumerated() { page[28 + index] = UInt8(truncatingIfNeeded: pages >> shift) }
      for index in 32..<40 { page[index] = 0 }
      bytes.replaceSubrange(0..<min(Database.pageBytes, bytes.count), with: page)
      try Folder.write(bytes, to: path)
      Folder.remove("\(path)-wal")
    } catch {
      throw SpoolError(.unreadable, "\(path): \(error)")
    }
  }

  /// Takes the names of the copy away, so that nothing is left of it whatever ends this process. What is open stays open.
  func hide() {
    for suffix in ["", "-wal"] { Folder.remove(path + suffix) }
  }

  /// What is the same before and after a copy that is one.
  private struct Mark {
    let file: FileCopy.Identity
    /// `nil` where there is no log.
    let logHeader: [UInt8]?
    let logBytes: Int
  }

  private static func mark(_ source: String) throws(SpoolError) -> Mark {
    let log = "\(source)-wal"
    let found: (file: FileCopy.Identity?, log: FileCopy.Identity?, header: [UInt8]?)
    do throws(SystemError) {
      found = (
        try FileCopy.identity(of: source), try FileCopy.identity(of: log),
        try FileCopy.head(of: log, count: logHeaderBytes)
      )
    } catch {
      throw SpoolError(error)
    }
    if let file = found.file { return Mark(file: file, logHeader: found.header, logBytes: found.log?.bytes ?? 0) }
    if found.log == nil {
      throw SpoolError(.missing, "there is no \(source); name the data folder, or a copy of it, with --data-dir")
    }
    throw SpoolError(.onlyLog, "\(source) is gone and only its log is there, which cannot be read without it")
  }

  private static func checkRoom(_ mark: Mark, _ source: String, _ scratch: String) throws(SpoolError) {
    let needed = mark.file.bytes + mark.logBytes
    guard let space = Folder.space(scratch), space.free < needed else { return }
    throw SpoolError(
      .noRoom,
      "the copy of \(source) needs \(needed) bytes in \(scratch), which has \(space.free); name another folder with --scratch"
    )
  }
}
