import Core
import Database
import Platform

/// What is done about a damaged file: start-up never depends on it, and what is whole in it is taken over.
extension EmbeddedKeeper {
  func openOrReplace() throws(DatabaseError) -> EmbeddedStore {
    if !Folder.exists(options.path), Folder.exists("\(options.path)-wal") {
      // SQLite would drop a log without its file; somebody may want to see what is in it.
      try quarantineFile(DatabaseError(code: .corrupt, description: "queue.db is gone, its log is not"))
    }
    let harm = lookIntoLog()
    do {
      let opened = try openStore()
      guard let harm else { return opened }
      if harm.isMended { try opened.database.check() }
      // What was not read is not to be met again behind commits to come.
      try opened.database.emptyLog()
      if !harm.isMended {
        harm.order.write(try opened.numbersThatFollow())
        options.salvage()
      }
      return opened
    } catch {
      guard error.code == .corrupt else { throw error }
      try replaceFile(error, harm)
      return try openStore()
    }
  }

  private func openStore() throws(DatabaseError) -> EmbeddedStore {
    let present = Clock.unixMilliseconds() - EmbeddedSchema.sequenceEpoch
    return try EmbeddedStore(path: options.path, names: options.names, firstNumber: max(present, firstNumber))
  }

  /// Pages of the running file contradict each other: it goes the way of a file that cannot be opened.
  func replaceDamagedFile(_ reason: DatabaseError) {
    close()
    do {
      try quarantineFile(reason)
    } catch {
      report(.unwritable, error.description)
    }
    open()
  }

  /// The file as it was before its log was mended is in the quarantine already.
  private func replaceFile(_ reason: DatabaseError, _ harm: LogHarm?) throws(DatabaseError) {
    guard let harm, harm.isMended else { return try quarantineFile(reason) }
    harm.order.write([])
    for suffix in ["-wal", "-shm", ""] { Folder.remove(options.path + suffix) }
    notice(.warning, "nor can the queue file be read with it (\(reason)): a new one was started")
    options.salvage()
  }

  /// Moves a file that is no longer a database out of the way; what can be read of it comes back as copies.
  private func quarantineFile(_ reason: DatabaseError) throws(DatabaseError) {
    let folder: String
    do {
      folder = try newQuarantine()
      if Folder.exists(options.path) { SalvageOrder(folder).write([]) }
      for suffix in ["", "-wal", "-shm"] where Folder.exists(options.path + suffix) {
        try Folder.move(options.path + suffix, to: "\(folder)/queue.db\(suffix)")
      }
    } catch {
      throw DatabaseError(code: .cannotOpen, description: "\(reason); moving it away: \(error)")
    }
    notice(.warning, "the queue file was damaged (\(reason)) and is now in \(folder); a new one was started")
    options.salvage()
  }

  private func newQuarantine() throws(SystemError) -> String {
    var stamp = Clock.unixMilliseconds()
    while Folder.exists("\(options.quarantine)/\(stamp)") { stamp += 1 }
    let folder = "\(options.quarantine)/\(stamp)"
    try Folder.create(folder)
    return folder
  }

  // MARK: Copies that nothing finds

  /// No time to wait for lies further away, in milliseconds: 30 days.
  static let longestWait: Int64 = 30 * 86_400_000

  /// How many copies the counters know of that nothing finds, when all that can be found is settled: pages lie about where
  /// their rows are, or the counters do.
  func hiddenCopies() -> Int64 {
    guard let store, board.state.failure == nil, orders.isEmpty, settlements.isEmpty, releases.isEmpty,
      deadWorks.isEmpty, outlets.allSatisfy({ $0.unsettled == 0 })
    else { return 0 }
    let horizon = Clock.unixMilliseconds() + Self.longestWait
    return outlets.enumerated().reduce(0) { sum, item in
      let queued = store.counters(item.offset).queued
      return queued > 0 && isRead(item.element, until: horizon) ? sum + queued : sum
    }
  }

  /// Whether all that can be found of a queue was given out.
  private func isRead(_ outlet: EmbeddedOutlet, until horizon: Int64) -> Bool {
    guard outlet.isDrained, outlet.restUntil == 0 else { return false }
    switch owner {
    case .workers: return outlet.credit > 0 && outlet.nextDue ?? .max > horizon
    case .republisher: return republisher != nil && outlet.isParkedGivenBack && outlet.parkedCursor == nil
    case .nobody: return false
    }
  }

  /// To be called when it is quiet. Nothing is out then, so that nothing comes twice.
  func bringBackHidden() {
    let count = hiddenCopies()
    guard count > 0 else { return }
    replaceDamagedFile(DatabaseError(code: .corrupt, description: "\(count) of its copies cannot be found"))
  }

  // MARK: The log

  /// Damage in the log; the file and the log as they were are in the quarantine, where an order may be written.
  private struct LogHarm {
    /// SQLite reads all of the log now, and meets what is damaged in it; if not, the last commit is not read.
    let isMended: Bool
    let order: SalvageOrder
  }

  /// SQLite ends a damaged log where the damage begins. If commits follow, they were synced and are wanted: the chain of
  /// checksums is mended. A last commit that does not fit may never have ended, and its pages must not be mixed with others:
  /// only its copies are taken over.
  private func lookIntoLog() -> LogHarm? {
    let path = "\(options.path)-wal"
    guard Folder.exists(options.path), Folder.exists(path),
      let bytes = try? FileBytes.read(path, limit: WriteAheadLog.maxBytes)
    else { return nil }
    let log = WriteAheadLog(bytes, pageBytes: Database.pageBytes)
    guard log.finding != .sound else { return nil }
    do {
      let folder = try newQuarantine()
      var lost = 0
      for suffix in ["", "-wal"] {
        _ = try FileCopy.copy(options.path + suffix, to: "\(folder)/queue.db\(suffix)", lost: &lost)
      }
      let isMended = log.finding == .damaged
      if isMended {
        try Folder.write(log.mended, to: "\(path).new")
        try Folder.move("\(path).new", to: path)
      }
      notice(
        .warning,
        "the log of the queue file was damaged at frame \(log.firstDamaged): \(isMended ? "mended" : "its last commit is not read"); "
          + "a copy of both as they were is in \(folder)")
      return LogHarm(isMended: isMended, order: SalvageOrder(folder))
    } catch {
      notice(.warning, "the log of the queue file is damaged and cannot be mended: \(error)")
      return nil
    }
  }
}
