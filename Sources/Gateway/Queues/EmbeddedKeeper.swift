import Core
import Database
import Platform

/// The life of the embedded queue on its thread: gather what was sent, commit it at once, answer, feed the consumers.
final class EmbeddedKeeper {
  /// Rows in one transaction; what is beyond waits for the next.
  private static let maxRowsPerCommit = 8192
  /// Pages of the write-ahead log after which they are moved into the file.
  static let checkpointPages = 1024
  /// A queue that has rested so long empties its write-ahead log.
  static let idleMilliseconds: Int64 = 2000
  /// How soon a file that failed is tried again.
  static let retryMilliseconds: Int64 = 1000

  typealias SettleOrder = (queue: Int, tag: UInt64, settlement: Settlement)
  typealias StoreOrder = (batch: CopyBatch, completion: @Sendable (StoreOutcome) -> Void)

  var options: EmbeddedQueue.Options
  let board: EmbeddedBoard
  let notice: @Sendable (String) -> Void
  var store: EmbeddedStore?
  /// By the queue's number; see `QueueID`.
  var consumers: [EmbeddedConsumer?]
  /// Queues whose consumer is to be looked at before the thread sleeps again.
  var attention: Set<Int> = []
  /// When the first parked copy of any consumer is due.
  var earliestDue: Int64?
  private let indices: [QueueName: Int]
  let reserve: EmbeddedReserve
  private let mailbox: Mailbox<EmbeddedQueue.Command>
  private let wakeup: Wakeup
  private var stores: [StoreOrder] = []
  private var settlements: [SettleOrder] = []
  private var releases: [(queue: Int, lane: String)] = []
  var retryAt: Int64 = 0
  var lastCommit: Int64 = 0
  /// When the next free pages are given back; `nil` when there are none to give.
  var shrinkAt: Int64?
  private var isStopping = false

  init(
    _ options: EmbeddedQueue.Options, mailbox: Mailbox<EmbeddedQueue.Command>, wakeup: Wakeup, board: EmbeddedBoard,
    notice: @escaping @Sendable (String) -> Void
  ) {
    self.options = options
    self.mailbox = mailbox
    self.wakeup = wakeup
    self.board = board
    self.notice = notice
    reserve = EmbeddedReserve(folder: options.folder)
    consumers = Array(repeating: nil, count: options.names.count)
    indices = Dictionary(uniqueKeysWithValues: options.names.enumerated().map { ($1, $0) })
    open()
  }

  func run() {
    while !isStopping {
      if stores.isEmpty { wakeup.wait(milliseconds: waitMilliseconds()) }
      gather()
      reopenIfDue()
      commitWhatIsWaiting()
      feedConsumers()
      checkpointIfDue()
    }
    while !stores.isEmpty { commitWhatIsWaiting() }
    commitWhatIsWaiting()
    _ = try? store?.database.checkpoint()
    store = nil
  }

  // MARK: Gathering

  private func gather() {
    for command in mailbox.take() {
      switch command {
      case .store(let batch, let completion):
        if isStopping { completion(.unavailable(.closed)) } else { stores.append((batch, completion)) }
      case .settle(let name, let orders):
        guard let queue = indices[name] else { continue }
        for order in orders where consumers[queue]?.beginSettling(order.tag) == true {
          settlements.append((queue, order.tag, order.settlement))
        }
      case .consume(let name, let prefetch, let receive):
        guard let queue = indices[name] else { continue }
        if let consumer = consumers[queue] {
          consumer.replace(prefetch: prefetch, receive: receive)
        } else {
          consumers[queue] = EmbeddedConsumer(prefetch: prefetch, receive: receive)
        }
        attention.insert(queue)
      case .cancel(let name):
        guard let queue = indices[name] else { continue }
        consumers[queue]?.isCancelled = true
      case .release(let name, let lane):
        guard let queue = indices[name] else { continue }
        releases.append((queue, lane))
      case .limit(let maxBytes, let deadMaxBytes):
        options.maxBytes = maxBytes
        options.deadMaxBytes = deadMaxBytes
      case .stop:
        isStopping = true
      }
    }
  }

  private func waitMilliseconds() -> Int32 {
    var next: Int64?
    if store == nil || board.state.failure == .diskFull || !settlements.isEmpty || !releases.isEmpty { next = retryAt }
    if let earliestDue { next = min(next ?? earliestDue, earliestDue) }
    if board.state.isDeadStoreFull { next = min(next ?? .max, retryAt) }
    if let store {
      let idleAt = lastCommit + Self.idleMilliseconds
      if store.database.walPages > 0 { next = min(next ?? .max, idleAt) }
      if let shrinkAt { next = min(next ?? .max, max(shrinkAt, idleAt)) }
    }
    guard let next else { return -1 }
    return Int32(clamping: max(0, min(next - Clock.unixMilliseconds(), 60_000)))
  }

  // MARK: Committing

  private func commitWhatIsWaiting() {
    guard !stores.isEmpty || !settlements.isEmpty || !releases.isEmpty else { return }
    let batch = takeStores()
    guard let store else {
      answer(batch, .unavailable(board.state.failure ?? .unwritable))
      return
    }
    let now = Clock.unixMilliseconds()
    var accepted = batch
    if board.state.failure == .diskFull {
      // What room there is belongs to the settlements until the reserve is held again.
      answer(batch, .unavailable(.diskFull))
      accepted = []
      guard !settlements.isEmpty || !releases.isEmpty else { return }
    }
    do {
      try store.begin()
      try settleAll(in: store, at: now)
      if try !hasRoom(for: accepted, in: store) {
        answer(accepted, .unavailable(.full))
        accepted = []
      }
      for order in accepted { try store.insert(order.batch, at: now) }
      let changed = try store.commit()
      succeeded(accepted, store, changed)
    } catch {
      store.rollback()
      failed(error, accepted, store)
    }
  }

  private func takeStores() -> [StoreOrder] {
    var rows = 0
    let count = stores.prefix { order in
      defer { rows += order.batch.rows.count }
      return rows < Self.maxRowsPerCommit
    }.count
    defer { stores.removeFirst(count) }
    return Array(stores.prefix(count))
  }

  /// Whether `batch` fits below `spool.max_bytes`. Once full, the store is well again when one part in a hundred is free.
  private func hasRoom(for batch: [StoreOrder], in store: EmbeddedStore) throws(DatabaseError) -> Bool {
    let wanted = Int64(batch.reduce(0) { $0 + $1.batch.bytes.count })
    let live = try store.liveBytes()
    let fits = live + wanted <= options.maxBytes
    if !fits {
      report(.full, "spool.max_bytes is reached")
    } else if board.state.failure == .full, live <= options.maxBytes - options.maxBytes / 100 {
      recovered("the queue has room again")
    }
    return fits
  }

  /// Everything that settles leaves `settlements` only with the commit.
  private func settleAll(in store: EmbeddedStore, at now: Int64) throws(DatabaseError) {
    for order in settlements {
      guard let row = consumers[order.queue]?.outstanding(order.tag) else { continue }
      switch order.settlement {
      case .delivered: try store.remove(row, of: order.queue, as: .delivered)
      case .disabled: try store.remove(row, of: order.queue, as: .disabled)
      case .parked(let parking): try store.park(row, parking, of: order.queue)
      case .dead(let note): if hasDeadRoom(store) { try store.bury(row, note, of: order.queue, at: now) }
      case .returned: break
      }
    }
    try store.writeLeaving()
    for order in releases { try store.release(lane: order.lane, of: order.queue, at: now) }
  }

  func hasDeadRoom(_ store: EmbeddedStore) -> Bool {
    let isFull = store.deadBytes >= options.deadMaxBytes
    if isFull != board.state.isDeadStoreFull {
      board.update { $0.isDeadStoreFull = isFull }
      if !isFull {
        for (queue, consumer) in consumers.enumerated() where consumer?.isHeldBack == true {
          consumer?.isHeldBack = false
          attention.insert(queue)
        }
      }
      notice(
        isFull
          ? "the dead letters have reached dead.max_bytes: a queue with a further one waits until the limit is raised"
          : "there is room for dead letters again")
    }
    return !isFull
  }

  private func succeeded(_ batch: [StoreOrder], _ store: EmbeddedStore, _ changed: [Int]) {
    lastCommit = Clock.unixMilliseconds()
    for queue in changed {
      consumers[queue]?.mayHavePacks = true
      attention.insert(queue)
    }
    for order in releases {
      consumers[order.queue]?.nextDue = 0
      attention.insert(order.queue)
    }
    releases.removeAll(keepingCapacity: true)
    concludeSettlements()
    // Before the answers, so that whoever has one finds the figures as they were promised.
    publishFigures(store, attention)
    answer(batch, .spooled)
  }

  private func concludeSettlements() {
    for order in settlements {
      concludeSettlement(order)
      attention.insert(order.queue)
    }
    settlements.removeAll(keepingCapacity: true)
  }

  private func concludeSettlement(_ order: SettleOrder) {
    guard let consumer = consumers[order.queue], let row = consumer.settled(order.tag) else { return }
    switch order.settlement {
    case .delivered, .disabled: break
    case .parked(let parking): consumer.parked(until: parking.dueAt)
    case .dead:
      // Refused for want of room: it stays where it was, and its queue waits so that it does not go round.
      guard board.state.isDeadStoreFull else { break }
      consumer.cameBack(row)
      consumer.isHeldBack = true
    case .returned: consumer.cameBack(row)
    }
  }

  private func failed(_ error: DatabaseError, _ batch: [StoreOrder], _ store: EmbeddedStore) {
    let failure: StoreFailure = error.code == .diskFull ? .diskFull : .unwritable
    answer(batch, .unavailable(failure))
    report(failure, error.description)
    retryAt = Clock.unixMilliseconds() + Self.retryMilliseconds
    if error.code == .corrupt { return replaceDamagedFile(error) }
    guard error.code == .diskFull else {
      // After a failed write or sync nothing that SQLite or the kernel remembers is trusted: open afresh.
      self.store = nil
      return
    }
    reserve.giveUp()
    try? store.database.checkpoint()
    // Deliveries free space, so they go through even when nothing new does.
    if !settlements.isEmpty, !batch.isEmpty { commitWhatIsWaiting() }
  }

  func report(_ failure: StoreFailure, _ detail: String) {
    guard board.state.failure != failure else { return }
    board.update {
      $0.failure = failure
      $0.detail = detail
      $0.since = Clock.unixMilliseconds()
    }
    notice("the queue takes nothing new: \(detail)")
  }

  func recovered(_ sentence: String?) {
    board.update {
      $0.failure = nil
      $0.detail = ""
      $0.since = Clock.unixMilliseconds()
    }
    if let sentence { notice(sentence) }
  }

  private func answer(_ batch: [StoreOrder], _ outcome: StoreOutcome) {
    for order in batch { order.completion(outcome) }
  }

  func publishFigures(_ store: EmbeddedStore, _ queues: some Sequence<Int>) {
    board.counted(
      queues.map { queue in
        let unsettled = queue < consumers.count ? consumers[queue]?.unsettled : nil
        return (store.name(queue), store.counters(queue), unsettled ?? 0, try? store.oldest(queue))
      })
  }
}
