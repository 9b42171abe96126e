import Core
import Database
import Platform

/// One transaction for all that waits, and what comes of it.
extension EmbeddedKeeper {
  func commitWhatIsWaiting() {
    let isRemembering = rememberAt.map { $0 <= Clock.unixMilliseconds() } ?? false
    guard !orders.isEmpty || mustSettle || isRemembering else { return }
    let batch = takeOrders()
    guard let store else {
      forgetRemembering()
      refuse(batch, board.state.failure ?? .unwritable)
      return
    }
    if board.state.failure == .diskFull {
      // What room there is belongs to the settlements until the reserve is held again.
      forgetRemembering()
      refuse(batch, .diskFull)
    } else if commit(batch, settling: settlements.count, in: store) {
      return
    }
    if board.state.failure == .diskFull { settleInPortions() }
  }

  /// Something of what was given out is not as workers want it.
  var mustSettle: Bool { !settlements.isEmpty || !releases.isEmpty || !wakes.isEmpty }

  /// Deliveries free space, so they go through even when nothing new does: a few at a time, since a transaction needs room of
  /// its own before it frees any.
  private func settleInPortions() {
    while let store, mustSettle {
      guard commit([], settling: min(settlements.count, Self.portion), in: store) else { return }
      try? store.database.checkpoint()
    }
  }

  /// One transaction with `batch` and the first `count` settlements; false if it failed.
  private func commit(_ batch: [EmbeddedOrder], settling count: Int, in store: EmbeddedStore) -> Bool {
    let now = Clock.unixMilliseconds()
    var accepted = batch
    do {
      store.maxSeen = maxSeen
      try store.begin()
      try settle(settlements.prefix(count), in: store, at: now)
      // What was parked before is to be found by them.
      let isLast = count == settlements.count
      if isLast { for order in releases { try store.release(lane: order.lane, of: order.queue, at: now) } }
      let woken = isLast ? try wakeAll(in: store, at: now) : nil
      try refuseBeyondLimits(&accepted, in: store)
      let stored = try storeAll(accepted, in: store, at: now)
      try store.remember(remembering, at: now)
      let changed = try store.commit()
      forgetRemembering()
      succeeded(stored, settling: count, woken, store, changed)
      return true
    } catch {
      store.rollback()
      forgetRemembering()
      failed(error, accepted, store)
      return false
    }
  }

  /// It is written, or is not worth a second try.
  private func forgetRemembering() {
    remembering.removeAll(keepingCapacity: true)
    rememberAt = nil
  }

  private func takeOrders() -> [EmbeddedOrder] {
    lastRows = 0
    let count = orders.prefix { order in
      guard lastRows < Self.maxRowsPerCommit else { return false }
      lastRows += order.copies
      return true
    }.count
    defer { orders.removeFirst(count) }
    return Array(orders.prefix(count))
  }

  private func refuseBeyondLimits(_ batch: inout [EmbeddedOrder], in store: EmbeddedStore) throws(DatabaseError) {
    if try !hasRoom(for: batch, in: store) {
      refuse(batch.filter { !$0.isBurial }, .full)
      batch.removeAll { !$0.isBurial }
    }
    if batch.contains(where: \.isBurial), !hasDeadRoom(store) {
      refuse(batch.filter(\.isBurial), .full)
      batch.removeAll(where: \.isBurial)
    }
  }

  /// Whether `batch` fits below `spool.max_bytes`. Once full, the store is well again when one part in a hundred is free.
  private func hasRoom(for batch: [EmbeddedOrder], in store: EmbeddedStore) throws(DatabaseError) -> Bool {
    let wanted = Int64(batch.reduce(0) { $0 + $1.spoolBytes })
    let live = try store.liveBytes()
    let fits = live + wanted <= options.maxBytes
    if !fits {
      report(.full, "spool.max_bytes is reached")
    } else if board.state.failure == .full, live <= options.maxBytes - options.maxBytes / 100 {
      recovered("the queue has room again")
    }
    return fits
  }

  /// What settles leaves `settlements` only with the commit.
  private func settle(
    _ portion: ArraySlice<SettleOrder>, in store: EmbeddedStore, at now: Int64
  ) throws(DatabaseError) {
    for order in portion {
      guard let row = outlets[order.queue].row(order.tag) else { continue }
      switch order.verdict {
      case .settled(.delivered), .settled(.duplicate): try store.remove(row, of: order.queue, as: .delivered)
      case .settled(.disabled): try store.remove(row, of: order.queue, as: .disabled)
      case .settled(.parked(let parking)): try store.park(row, parking, of: order.queue)
      case .settled(.dead(let note)): if hasDeadRoom(store) { try store.bury(row, note, of: order.queue, at: now) }
      case .republished: try store.remove(row, of: order.queue, as: .republished)
      case .settled(.returned), .givenBack: break
      }
    }
    try store.writeLeaving()
  }

  /// By wake, the copies that it found and whether there are more.
  private typealias Woken = [(rows: [UInt64], hasMore: Bool)]

  private func wakeAll(in store: EmbeddedStore, at now: Int64) throws(DatabaseError) -> Woken {
    var woken: Woken = []
    for wake in wakes {
      let rows = try store.wake(lane: wake.lane, of: wake.queue, limit: wake.limit, at: now)
      woken.append((rows.sequences.map { UInt64($0) }, rows.hasMore))
    }
    return woken
  }

  func hasDeadRoom(_ store: EmbeddedStore) -> Bool {
    let isFull = store.deadBytes >= options.deadMaxBytes
    if isFull != board.state.isDeadStoreFull {
      board.update { $0.isDeadStoreFull = isFull }
      if !isFull {
        for (queue, outlet) in outlets.enumerated() where outlet.consumer?.isHeldBack == true {
          outlet.consumer?.isHeldBack = false
          attention.insert(queue)
        }
      }
      notice(
        isFull ? .warning : .notice,
        isFull
          ? "the dead letters have reached dead.max_bytes: a queue with a further one waits until the limit is raised"
          : "there is room for dead letters again")
    }
    return !isFull
  }

  /// What an order has put into the open transaction.
  private typealias Stored = (order: EmbeddedOrder, rows: [(queue: Int, row: EmbeddedRow)])

  private func storeAll(
    _ batch: [EmbeddedOrder], in store: EmbeddedStore, at now: Int64
  ) throws(DatabaseError) -> [Stored] {
    var stored: [Stored] = []
    stored.reserveCapacity(batch.count)
    for order in batch {
      var rows: [(queue: Int, row: EmbeddedRow)] = []
      switch order {
      case .store(let copies, _): try store.insert(copies, at: now)
      case .hold(let copies, _): rows = try store.insertNoting(copies, at: now)
      case .park(let copies, _):
        for copy in copies {
          guard let queue = indices[copy.queue], let row = try store.park(copy, of: queue, at: now) else { continue }
          rows.append((queue, row))
        }
      case .bury(let copies, _):
        for item in copies {
          guard let queue = indices[item.copy.queue] else { continue }
          try store.bury(item.copy, item.note, of: queue, at: now)
        }
      }
      stored.append((order, rows))
    }
    return stored
  }

  /// `woken` is `nil` if releases and wakes were left for later.
  private func succeeded(
    _ batch: [Stored], settling count: Int, _ woken: Woken?, _ store: EmbeddedStore, _ changed: [Int]
  ) {
    lastCommit = Clock.unixMilliseconds()
    for queue in changed {
      outlets[queue].mayHavePacks = true
      attention.insert(queue)
    }
    concludeSettlements(count)
    if let woken { concludeReleases(woken) }
    for (order, rows) in batch {
      switch order {
      case .hold: for (queue, row) in rows { outlets[queue].gaveOut(row, to: .broker) }
      case .park(let copies, _):
        let due = copies.lazy.map(\.dueAt).min() ?? 0
        for (queue, row) in rows { outlets[queue].parked(row.sequence, until: due) }
      case .store, .bury: break
      }
    }
    // Before the answers, so that whoever has one finds the figures as they were promised.
    publishFigures(store, attention)
    for (order, rows) in batch { answer(order, rows) }
  }

  private func answer(_ order: EmbeddedOrder, _ rows: [(queue: Int, row: EmbeddedRow)]) {
    switch order {
    case .store(_, let completion): completion(.spooled)
    case .hold(_, let completion): completion(.held(rows.map { UInt64($0.row.sequence) }))
    case .park(_, let completion), .bury(_, let completion): completion(nil)
    }
  }

  private func concludeReleases(_ woken: Woken) {
    for queue in releases.map(\.queue) + wakes.map(\.queue) {
      outlets[queue].nextDue = 0
      attention.insert(queue)
    }
    releases.removeAll(keepingCapacity: true)
    for (wake, found) in zip(wakes, woken) { wake.completion(found.rows, found.hasMore) }
    wakes.removeAll(keepingCapacity: true)
  }

  private func concludeSettlements(_ count: Int) {
    for order in settlements.prefix(count) {
      concludeSettlement(order)
      attention.insert(order.queue)
    }
    settlements.removeFirst(count)
  }

  private func concludeSettlement(_ order: SettleOrder) {
    let outlet = outlets[order.queue]
    guard let (row, holder) = outlet.settled(order.tag) else { return }
    if holder == .republisher { republisher?.unsettled -= 1 }
    switch order.verdict {
    case .settled(.delivered), .settled(.disabled), .settled(.duplicate), .republished: break
    case .settled(.parked(let parking)): outlet.parked(row.sequence, until: parking.dueAt)
    case .settled(.dead):
      // Refused for want of room: it stays where it was, and its queue waits so that it does not go round.
      guard board.state.isDeadStoreFull else { break }
      outlet.cameBack(row)
      outlet.consumer?.isHeldBack = true
    case .settled(.returned): outlet.cameBack(row)
    case .givenBack:
      outlet.cameBack(row)
      if holder == .republisher { outlet.republishAt = lastCommit + EmbeddedRepublisher.pauseMilliseconds }
    }
  }

  func failed(_ error: DatabaseError, _ batch: [EmbeddedOrder], _ store: EmbeddedStore) {
    let failure: StoreFailure = error.code == .diskFull ? .diskFull : .unwritable
    refuse(batch, failure)
    report(failure, error.description)
    retryAt = Clock.unixMilliseconds() + Self.retryMilliseconds
    if error.code == .corrupt { return replaceDamagedFile(error) }
    guard error.code == .diskFull else {
      // After a failed write or sync nothing that SQLite or the kernel remembers is trusted: open afresh.
      return close()
    }
    reserve.giveUp()
    try? store.database.checkpoint()
  }

  func report(_ failure: StoreFailure, _ detail: String) {
    guard board.state.failure != failure else { return }
    board.update {
      $0.failure = failure
      $0.detail = detail
      $0.since = Clock.unixMilliseconds()
    }
    notice(.warning, "the queue takes nothing new: \(detail)")
  }

  func recovered(_ sentence: String?) {
    board.update {
      $0.failure = nil
      $0.detail = ""
      $0.since = Clock.unixMilliseconds()
    }
    if let sentence { notice(.notice, sentence) }
  }

  private func refuse(_ batch: [EmbeddedOrder], _ failure: StoreFailure) {
    for order in batch { order.refuse(failure) }
  }

  func publishFigures(_ store: EmbeddedStore, _ queues: some Sequence<Int>) {
    if let live = try? store.liveBytes() { board.filled(live, of: options.maxBytes) }
    board.counted(
      queues.map { queue in
        let outlet = queue < outlets.count ? outlets[queue] : nil
        return (
          store.name(queue), store.counters(queue), outlet?.unsettled ?? 0, outlet?.groupedOut ?? 0,
          try? store.oldest(queue)
        )
      })
  }
}
