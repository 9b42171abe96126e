import Core
import Database
import Platform

/// Opening, emptying the write-ahead log, and what is done about a full disk.
extension EmbeddedKeeper {
  /// Free pages given back at once: no statement takes longer than a few milliseconds.
  private static let shrinkPages = 64
  private static let shrinkSteps = 16
  private static let shrinkMilliseconds: Int64 = 20
  /// Free pages that an idle queue keeps for what comes next.
  private static let keptFreePages = 256

  func reopenIfDue() {
    guard Clock.unixMilliseconds() >= retryAt else { return }
    if store == nil { open() }
    guard let store else { return }
    if board.state.failure == .diskFull {
      retryAt = Clock.unixMilliseconds() + Self.retryMilliseconds
      makeRoom(store)
      if reserve.hold() { recovered("there is room on the disk again") }
    }
    if board.state.isDeadStoreFull {
      retryAt = Clock.unixMilliseconds() + Self.retryMilliseconds
      _ = hasDeadRoom(store)
    }
  }

  /// Turns what deliveries have freed into room on the disk, as far as it can be done in a moment.
  private func makeRoom(_ store: EmbeddedStore) {
    try? store.database.checkpoint()
    for _ in 0..<Self.shrinkSteps {
      guard (try? store.shrink(Self.shrinkPages)) == true else { return }
    }
  }

  /// Moves the log into the file when it is long, or when nothing has come for a while; then free pages go back to the
  /// file system, a few at a time, for as long as it stays quiet.
  func checkpointIfDue() {
    guard let store else { return }
    let now = Clock.unixMilliseconds()
    let isIdle = now - lastCommit >= Self.idleMilliseconds
    if isIdle { bringBackHidden() }
    guard self.store === store else { return }
    let pages = store.database.walPages
    do throws(DatabaseError) {
      if pages > 1, isIdle {
        try store.database.emptyLog()
        shrinkAt = now
      } else if pages >= reserve.logPages(of: Database.pageBytes, limit: Self.checkpointPages) {
        try store.database.checkpoint()
      }
      if isIdle, let due = shrinkAt, due <= now {
        let hasMore = try store.freePages() > Self.keptFreePages
        if hasMore { _ = try store.shrink(Self.shrinkPages) }
        shrinkAt = hasMore ? now + Self.shrinkMilliseconds : nil
      }
    } catch {
      shrinkAt = nil
      if error.code == .corrupt { return replaceDamagedFile(error) }
      if error.code == .diskFull { reserve.giveUp() }
      report(error.code == .diskFull ? .diskFull : .unwritable, error.description)
      retryAt = now + Self.retryMilliseconds
      lastCommit = now
      if error.code != .diskFull { close() }
    }
  }

  func open() {
    let isFirst = lastCommit == 0
    lastCommit = Clock.unixMilliseconds()
    retryAt = lastCommit + Self.retryMilliseconds
    do {
      let opened = try openOrReplace()
      // Room for the pages between two checkpoints and the largest transaction beyond, header included.
      let logBytes = (Self.checkpointPages + 512) * (Database.pageBytes + 24)
      if let space = Folder.space(options.folder), space.free / 8 > logBytes {
        Folder.writeThrough("\(options.path)-wal", bytes: logBytes)
      }
      try opened.wakeSleepers(ordered: options.ordered)
      self.opened(opened)
      noteSpace()
      // A page that cannot be read costs a second delivery; the file shows itself damaged elsewhere, or not at all.
      if isFirst { recalled = (try? opened.recall()) ?? [] }
      board.opened(opened.names)
      if reserve.hold() {
        recovered(isFirst ? nil : "the queue file can be written again")
      } else {
        report(.diskFull, "there is no room for the reserve")
      }
      if opened.isNew { republisher?.unsettled = 0 }
      for (queue, outlet) in outlets.enumerated() {
        outlet.startAgain(isOtherFile: opened.isNew)
        attention.insert(queue)
      }
      publishFigures(opened, opened.names.indices)
    } catch {
      report(error.code == .diskFull ? .diskFull : .unwritable, error.description)
    }
  }
}
