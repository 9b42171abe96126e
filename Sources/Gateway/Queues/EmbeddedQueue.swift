package import Core
import Database
package import Platform
import Synchronization

/// The embedded queue: one SQLite file, one connection, one thread named `store`.
///
/// Whatever arrives while a commit is under way goes into the next one, so that the cost of an fsync is shared by all who wait.
/// With RabbitMQ configured the same queue is the spool and holds what a worker parks.
package final class EmbeddedQueue: Queue {
  /// What the store can do at the moment.
  package struct State: Sendable, Equatable {
    /// `nil` while the file can be written.
    package var failure: StoreFailure?
    /// SQLite's sentence for the failure.
    package var detail = ""
    /// Unix milliseconds of the last change.
    package var since: Int64
    /// The dead letters have reached `dead.max_bytes`: consumers are paused.
    package var isDeadStoreFull = false
  }

  package struct Options: Sendable {
    package var folder: String
    package var path: String
    /// Where damaged files and rows are moved.
    package var quarantine: String
    package var names: [QueueName]
    /// Those whose lanes keep their order.
    package var ordered: Set<QueueName> = []
    package var maxBytes: Int64
    package var deadMaxBytes: Int64
    /// Called when the quarantine has got a file of which copies are to be taken over; see ``Salvage``.
    package var salvage: @Sendable () -> Void = {}

    package init(folder: String, names: [QueueName], maxBytes: Int64, deadMaxBytes: Int64) {
      self.folder = folder
      path = "\(folder)/queue.db"
      quarantine = "\(folder)/quarantine"
      self.names = names
      self.maxBytes = maxBytes
      self.deadMaxBytes = deadMaxBytes
    }
  }

  private let mailbox: Mailbox<EmbeddedCommand>
  private let thread: NamedThread
  let board: EmbeddedBoard
  private let closed: Closed
  private let recalled: Recalled

  /// Opens the file, which a damaged one is moved out of the way for, and starts the thread.
  /// `notice` gets a sentence per change of state worth an operator's eye, on the queue's thread.
  package init(
    _ options: Options, notice: @escaping NoticeWriter = { _, _ in }
  ) throws(SystemError) {
    let wakeup = try Wakeup()
    let mailbox = Mailbox<EmbeddedCommand> { wakeup.signal() }
    let board = EmbeddedBoard(now: Clock.unixMilliseconds())
    let opened = try Wakeup()
    let closed = Closed()
    let recalled = Recalled()
    thread = NamedThread("store") {
      let keeper = EmbeddedKeeper(options, mailbox: mailbox, wakeup: wakeup, board: board, notice: notice)
      recalled.events.withLock { $0 = keeper.recalled }
      keeper.recalled = []
      opened.signal()
      keeper.run()
      closed.flag.store(true, ordering: .sequentiallyConsistent)
      Self.refuse(mailbox)
    }
    self.mailbox = mailbox
    self.board = board
    self.closed = closed
    self.recalled = recalled
    opened.wait(milliseconds: -1)
  }

  func send(_ command: EmbeddedCommand) {
    mailbox.send(command)
    // The thread takes the mailbox once more after it has set the flag, so one of the two sees every order.
    if closed.flag.load(ordering: .sequentiallyConsistent) { Self.refuse(mailbox) }
  }

  private static func refuse(_ mailbox: Mailbox<EmbeddedCommand>) {
    for command in mailbox.take() {
      switch command {
      case .order(let order): order.refuse(.closed)
      case .dead(_, let completion): completion(DeadAnswer(failure: StoreFailure.closed.deadSentence))
      default: break
      }
    }
  }

  private final class Closed: Sendable {
    let flag = Atomic(false)
  }

  private final class Recalled: Sendable {
    let events = Mutex<[(event: SeenEvent, at: Int64)]>([])
  }

  /// What ``remember(_:)`` and claims of stored batches left in the file before this start, the oldest first, with the Unix
  /// milliseconds of their commit. Once.
  package func takeRecalled() -> [(event: SeenEvent, at: Int64)] {
    recalled.events.withLock { events in
      defer { events = [] }
      return events
    }
  }

  package func remember(_ events: [SeenEvent]) {
    if !events.isEmpty { send(.remember(events)) }
  }

  /// Claims of the batch are remembered by the commit that stores it.
  package func store(_ batch: CopyBatch, completion: @escaping @Sendable (StoreOutcome) -> Void) {
    send(.order(.store(batch, completion)))
  }

  package func storeLocally(_ batch: CopyBatch, completion: @escaping @Sendable (StoreOutcome) -> Void) {
    store(batch, completion: completion)
  }

  package func settle(_ name: QueueName, _ settlements: [(tag: UInt64, settlement: Settlement)]) {
    send(.settle(name, settlements))
  }

  /// Parked copies that are due come first, so that a probing consumer gets one of these if there is any.
  package func consume(
    _ name: QueueName, prefetch: Int, mode: ConsumeMode = .open, receive: @escaping @Sendable ([Delivery]) -> Void
  ) {
    send(.consume(name, prefetch: prefetch, receive: receive))
  }

  package func cancel(_ name: QueueName) {
    send(.cancel(name))
  }

  package func release(_ name: QueueName, lane: String) {
    send(.release(name, lane: lane))
  }

  package func wake(
    _ name: QueueName, lane: String, limit: Int, completion: @escaping @Sendable ([UInt64], Bool) -> Void
  ) {
    send(.wake(name, lane: lane, limit: limit, completion))
  }

  /// Carries out an order for the dead letters of the file. `completion` is called exactly once, on the queue's thread.
  func carryOut(_ order: DeadOrder, completion: @escaping @Sendable (DeadAnswer) -> Void) {
    send(.dead(order, completion))
  }

  /// Takes over new limits.
  package func limit(maxBytes: Int64, deadMaxBytes: Int64) {
    send(.limit(maxBytes: maxBytes, deadMaxBytes: deadMaxBytes))
  }

  package func figures(_ name: QueueName) -> QueueFigures { board.figures(name) }

  package var state: State { board.state }
  package var fill: Double { board.fill }

  /// Every queue in the file, those of domains no longer configured included.
  package var names: [QueueName] { board.names }

  /// Kept totals of one queue across restarts, as of the last commit.
  package func ledger(_ name: QueueName) -> QueueLedger? { board.ledger(name) }

  /// Age of the oldest copy of all.
  package var oldestSeconds: Int {
    board.oldest.map { max(0, Int((Clock.unixMilliseconds() - $0) / 1000)) } ?? 0
  }

  /// Commits what was sent before, closes the file and ends the thread; later batches are answered `closed`. Call once.
  package func stop() {
    send(.stop)
    thread.join()
  }
}
