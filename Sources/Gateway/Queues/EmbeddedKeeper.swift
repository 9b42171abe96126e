import Core
import Database
import Platform

/// The life of the embedded queue on its thread: gather what was sent, commit it at once, answer, give copies out.
final class EmbeddedKeeper {
  /// Rows in one transaction; what is beyond waits for the next.
  static let maxRowsPerCommit = 8192
  /// Rows of a commit after which the next one lets others go before it.
  private static let crowd = 32
  /// Settlements in one transaction while the disk is full.
  static let portion = 16
  /// Pages of the write-ahead log after which they are moved into the file.
  static let checkpointPages = 1024
  /// A queue that has rested so long empties its write-ahead log.
  static let idleMilliseconds: Int64 = 2000
  /// How soon a file that failed is tried again.
  static let retryMilliseconds: Int64 = 1000
  /// How long what intake is to remember waits for another commit before it has one of its own.
  static let rememberMilliseconds: Int64 = 100
  /// Events that intake remembers in the file, at most.
  static let maxSeen = 100_000

  typealias SettleOrder = (queue: Int, tag: UInt64, verdict: EmbeddedVerdict)

  /// The oldest copies of a lane are to be given out, and who wants to know of which.
  typealias Wake = (queue: Int, lane: String, limit: Int, completion: @Sendable ([UInt64], Bool) -> Void)

  var options: EmbeddedQueue.Options
  let board: EmbeddedBoard
  let notice: NoticeWriter
  private(set) var store: EmbeddedStore?
  /// By the queue's number; see `QueueID`.
  let outlets: [EmbeddedOutlet]
  var owner = SpoolOwner.workers
  var republisher: EmbeddedRepublisher?
  /// Queues that are to be looked at before the thread sleeps again.
  var attention: Set<Int> = []
  /// When the next of them is to be looked at for what is due.
  var nextLook: Int64?
  let indices: [QueueName: Int]
  let reserve: EmbeddedReserve
  private let mailbox: Mailbox<EmbeddedCommand>
  private let wakeup: Wakeup
  var orders: [EmbeddedOrder] = []
  var settlements: [SettleOrder] = []
  var releases: [(queue: Int, lane: String)] = []
  var wakes: [Wake] = []
  /// What is to be written for the next start, with the next commit or at `rememberAt`.
  var remembering: [SeenEvent] = []
  var rememberAt: Int64?
  /// What operators want of the dead letters, oldest first. Bounded by ``DeadDesk``.
  var deadWorks: [EmbeddedDeadWork] = []
  var retryAt: Int64 = 0
  var lastCommit: Int64 = 0
  /// Rows that the last commit was to store.
  var lastRows = 0
  /// When the next free pages are given back; `nil` when there are none to give.
  var shrinkAt: Int64?
  /// No number below was ever given to a copy by this process that a file opened from now on may give out.
  private(set) var firstNumber: Int64 = 0
  /// What the file remembered when it was first opened; the queue takes it.
  var recalled: [(event: SeenEvent, at: Int64)] = []
  /// Bytes of the file system.
  private var space = Int.max
  private var isStopping = false

  init(
    _ options: EmbeddedQueue.Options, mailbox: Mailbox<EmbeddedCommand>, wakeup: Wakeup, board: EmbeddedBoard,
    notice: @escaping NoticeWriter
  ) {
    self.options = options
    self.mailbox = mailbox
    self.wakeup = wakeup
    self.board = board
    self.notice = notice
    reserve = EmbeddedReserve(folder: options.folder)
    outlets = options.names.map { _ in EmbeddedOutlet() }
    indices = Dictionary(uniqueKeysWithValues: options.names.enumerated().map { ($1, $0) })
    open()
  }

  func run() {
    while !isStopping {
      if orders.isEmpty { wakeup.wait(milliseconds: waitMilliseconds()) }
      // Where many wait, whoever wants this core brings more: it goes first, and what it brings shares the commit's sync.
      if lastRows >= Self.crowd { NamedThread.yield() }
      turn()
    }
    while !orders.isEmpty { commitWhatIsWaiting() }
    commitWhatIsWaiting()
    _ = try? store?.database.checkpoint()
    close()
    refuseDead()
  }

  /// Does what there is to do, without waiting.
  func turn() {
    gather()
    reopenIfDue()
    commitWhatIsWaiting()
    goOnWithDead()
    giveOut()
    checkpointIfDue()
  }

  func opened(_ store: EmbeddedStore) {
    self.store = store
  }

  func noteSpace() {
    space = Folder.space(options.folder)?.total ?? .max
  }

  /// Of a small store or file system a small part: what is remembered must not take the room of copies.
  var maxSeen: Int {
    let bytes = min(Int(clamping: options.maxBytes) / 16, space / 64)
    return min(Self.maxSeen, bytes / (EmbeddedSeen.eventBytes + EmbeddedSeen.rowBytes))
  }

  func close() {
    firstNumber = max(firstNumber, store?.nextNumber ?? 0)
    store = nil
  }

  // MARK: Gathering

  private func gather() {
    for command in mailbox.take() {
      switch command {
      case .order(let order):
        if isStopping {
          order.refuse(.closed)
        } else if order.foreignQueues.allSatisfy({ indices[$0] != nil }) {
          orders.append(order)
        } else {
          // There is no place for it, and whoever sent it keeps it.
          order.refuse(.unwritable)
        }
      case .remember(let events):
        guard remembering.count + events.count <= Self.maxSeen else { continue }
        remembering += events
        rememberAt = rememberAt ?? Clock.unixMilliseconds() + Self.rememberMilliseconds
      case .dead(let order, let completion):
        deadWorks.append(EmbeddedDeadWork(order, completion: completion))
      case .settle(let name, let settled):
        guard let queue = indices[name] else { continue }
        for item in settled where outlets[queue].beginSettling(item.tag, by: .consumer) {
          settlements.append((queue, item.tag, .settled(item.settlement)))
        }
      case .settleRepublished(let name, let settled):
        guard let queue = indices[name] else { continue }
        for item in settled where outlets[queue].beginSettling(item.tag, by: nil) {
          settlements.append((queue, item.tag, item.isHandedOver ? .republished : .givenBack))
        }
      case .consume(let name, let prefetch, let receive):
        guard let queue = indices[name] else { continue }
        let isHeldBack = outlets[queue].consumer?.isHeldBack ?? false
        outlets[queue].consumer = EmbeddedConsumer(prefetch: prefetch, receive: receive, isHeldBack: isHeldBack)
        attention.insert(queue)
      case .cancel(let name):
        guard let queue = indices[name] else { continue }
        outlets[queue].consumer?.isCancelled = true
      case .release(let name, let lane):
        guard let queue = indices[name] else { continue }
        releases.append((queue, lane))
      case .wake(let name, let lane, let limit, let completion):
        guard let queue = indices[name] else {
          completion([], false)
          continue
        }
        wakes.append((queue, lane, limit, completion))
      case .assignSpool(let owner): assignSpool(to: owner)
      case .republish(let window, let receive): republish(window: window, receive: receive)
      case .giveBackParked(let isGivenBack, let names): giveBackParked(isGivenBack, names)
      case .limit(let maxBytes, let deadMaxBytes):
        options.maxBytes = maxBytes
        options.deadMaxBytes = deadMaxBytes
      case .stop:
        isStopping = true
        if rememberAt != nil { rememberAt = 0 }
      }
    }
  }

  private func waitMilliseconds() -> Int32 {
    if !deadWorks.isEmpty { return 0 }
    var next: Int64?
    if store == nil || board.state.failure == .diskFull || mustSettle { next = retryAt }
    if let rememberAt, store != nil { next = min(next ?? .max, rememberAt) }
    if let nextLook { next = min(next ?? nextLook, nextLook) }
    if board.state.isDeadStoreFull { next = min(next ?? .max, retryAt) }
    if let store {
      let idleAt = lastCommit + Self.idleMilliseconds
      if store.database.walPages > 1 || hiddenCopies() > 0 { next = min(next ?? .max, idleAt) }
      if let shrinkAt { next = min(next ?? .max, max(shrinkAt, idleAt)) }
    }
    guard let next else { return -1 }
    return Int32(clamping: max(0, min(next - Clock.unixMilliseconds(), 60_000)))
  }
}
