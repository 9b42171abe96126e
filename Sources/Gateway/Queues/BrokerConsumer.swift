package import Core
import Platform

/// Takes the copies of one sink's queues from the broker: one thread, `amqp-logbeacon` or `amqp-telegram`, and one
/// connection, on which each queue has a channel of its own.
///
/// Manual ack, and only for what is safe elsewhere (``ConsumerCopies``). Every method returns at once but
/// ``stop(deadline:)``.
package final class BrokerConsumer: Sendable {
  package struct Options: Sendable {
    package var sink: Sink
    /// All of this sink.
    package var names: [QueueName]
    package var broker: Settings.Broker
    package var parkedMax: Int
    /// Waits of a queue that is refused, and of one whose lock another worker has.
    package var waits = ConsumerQueueMachine.Options(needsLock: false)

    package init(sink: Sink, names: [QueueName], broker: Settings.Broker, parkedMax: Int) {
      self.sink = sink
      self.names = names
      self.broker = broker
      self.parkedMax = parkedMax
    }
  }

  /// Sends dead letters to the broker; row by row, whether it has them.
  typealias WriteLetters = @Sendable ([DeadLetter], @escaping @Sendable ([Bool]) -> Void) -> Void

  enum Command: Sendable {
    case consume(Int, prefetch: Int, ConsumeMode, receive: @Sendable ([Delivery]) -> Void)
    case cancel(Int)
    case settle(Int, [(tag: UInt64, settlement: Settlement)])
    case prepared([(queue: Int, answer: BrokerTopology.Answer)])
    case stored(Int, tags: [UInt64], failure: StoreFailure?)
    case written(Int, tags: [UInt64], isConfirmed: [Bool])
    case parkedMax(Int)
    case retire
    case stop(deadline: UInt64)
    case hurry
  }

  struct Parts: Sendable {
    let options: Options
    let access: BrokerAccess
    let embedded: EmbeddedQueue
    let write: WriteLetters
    let declarer: BrokerDeclarer
    let mailbox: Mailbox<Command>
    let board: BrokerConsumerBoard
    let thread: BrokerThread
    let heartbeat: Heartbeat
    let notice: NoticeWriter
  }

  private let mailbox: Mailbox<Command>
  private let board: BrokerConsumerBoard
  private let thread: BrokerThread
  /// The thread's sign of life.
  package let heartbeat: Heartbeat

  /// Starts the thread; the broker need not be there. `notice` gets a sentence per change of state worth an operator's
  /// eye, on the consumer's thread.
  init(
    _ options: Options, _ access: BrokerAccess, embedded: EmbeddedQueue, declarer: BrokerDeclarer,
    write: @escaping WriteLetters, notice: @escaping NoticeWriter
  ) throws(SystemError) {
    let thread = try BrokerThread()
    let mailbox = Mailbox<Command> { thread.wakeup.signal() }
    let board = BrokerConsumerBoard(options.names, now: Clock.unixMilliseconds())
    let heartbeat = Heartbeat()
    self.thread = thread
    self.mailbox = mailbox
    self.board = board
    self.heartbeat = heartbeat
    let parts = Parts(
      options: options, access: access, embedded: embedded, write: write, declarer: declarer, mailbox: mailbox,
      board: board, thread: thread, heartbeat: heartbeat, notice: notice)
    thread.start("amqp-\(options.sink.rawValue)") { _ in BrokerConsumerLoop(parts).run() }
  }

  package var status: BrokerConsumerStatus { board.status }

  func unsettled(_ name: QueueName) -> Int { board.unsettled(name) }

  func consume(
    _ name: QueueName, prefetch: Int, mode: ConsumeMode = .open, receive: @escaping @Sendable ([Delivery]) -> Void
  ) {
    guard let queue = board.index(name) else { return }
    mailbox.send(.consume(queue, prefetch: prefetch, mode, receive: receive))
  }

  func cancel(_ name: QueueName) {
    guard let queue = board.index(name) else { return }
    mailbox.send(.cancel(queue))
  }

  /// `tag` as in ``ConsumerTag``.
  func settle(_ name: QueueName, _ settlements: [(tag: UInt64, settlement: Settlement)]) {
    guard let queue = board.index(name) else { return }
    mailbox.send(.settle(queue, settlements))
  }

  func update(parkedMax: Int) {
    mailbox.send(.parkedMax(parkedMax))
  }

  /// Takes nothing more from the broker; what comes back untouched from now on goes back to its queue in ``stop(deadline:)``.
  func retire() {
    mailbox.send(.retire)
  }

  /// Brings the deadline of a ``stop(deadline:)`` under way forward to now.
  func hurry() {
    mailbox.send(.hurry)
  }

  /// Begins what ``stop(deadline:)`` waits for.
  func beginStop(deadline: UInt64) {
    mailbox.send(.stop(deadline: deadline))
  }

  /// Acks what is settled, closes the connection, whereby the broker gives whatever is unacked to another worker, and ends
  /// the thread. What is on its way to the disk or the dead letters is waited for until `deadline` (monotonic nanoseconds).
  /// Call once.
  func stop(deadline: UInt64) {
    beginStop(deadline: deadline)
    // Within the time that a polite goodbye may take.
    let last = max(deadline, Clock.monotonicNanoseconds()) + 1_500_000_000
    if !thread.join(until: last) { thread.interrupt() }
  }
}
