package import AMQP
package import Core
package import Platform
import Synchronization

/// Hands copies to the broker and answers for them: confirmed, or fsynced in the spool.
///
/// Two threads: `publisher` decides and never waits for the network, `amqp-publish` owns the one connection and channel that do
/// nothing but publish, and may hang in a send. Every method but ``stop(deadline:)`` returns at once; completions are
/// called exactly once, on the publisher's or the spool's thread.
package final class Publisher: Sendable {
  package struct Options: Sendable {
    /// By number; see `QueueID`.
    package var names: [QueueName]
    package var broker: Settings.Broker
    package var fallback: Settings.Fallback
    package var fallbackAfter: Duration
    /// This process delivers: its workers may take spooled copies while the broker is away.
    package var hasWorkers: Bool
    /// This process takes events: otherwise it publishes dead letters and what it gives back.
    package var takesEvents = true
    /// How long a link may owe confirms beyond `broker.confirm_timeout` before it is replaced, two heartbeats at least.
    package var patience = Duration.seconds(30)
    /// Called on the wire's thread before a link is opened, with the URL that is tried: makes sure of the queues on a
    /// connection of its own, within a bounded time. What it throws counts as a failed attempt.
    package var prepare: @Sendable (AMQPURL, AMQPConnection.Options) throws(AMQPError) -> Void
    /// The broker said that this queue does not exist. Called on the publisher's thread, at most once a second a queue.
    package var queueMissing: @Sendable (QueueName) -> Void

    package init(
      names: [QueueName], broker: Settings.Broker, fallback: Settings.Fallback = .direct,
      fallbackAfter: Duration = .seconds(10), hasWorkers: Bool,
      prepare: @escaping @Sendable (AMQPURL, AMQPConnection.Options) throws(AMQPError) -> Void = { _, _ in },
      queueMissing: @escaping @Sendable (QueueName) -> Void = { _ in }
    ) {
      self.names = names
      self.broker = broker
      self.fallback = fallback
      self.fallbackAfter = fallbackAfter
      self.hasWorkers = hasWorkers
      self.prepare = prepare
      self.queueMissing = queueMissing
    }
  }

  /// For liveness: the publisher's thread never waits for the network or the disk.
  package let heartbeat = Heartbeat()

  private let mailbox: Mailbox<PublisherMessage>
  private let spool: EmbeddedQueue
  private let board: PublisherBoard
  private let wire: BrokerThread
  private let thread: Mutex<NamedThread?>
  private let closed = Closed()

  private final class Closed: Sendable {
    let flag = Atomic(false)
  }

  /// Starts both threads; the broker need not be there. `notice` gets a sentence per change of state worth an operator's
  /// eye, on the publisher's thread.
  package init(
    _ options: Options, spool: EmbeddedQueue, notice: @escaping NoticeWriter = { _, _ in }
  ) throws(SystemError) {
    let wakeup = try Wakeup()
    let wire = try BrokerThread()
    let mailbox = Mailbox<PublisherMessage> { wakeup.signal() }
    let commands = Mailbox<WireCommand> { wire.wakeup.signal() }
    let board = PublisherBoard(now: Clock.unixMilliseconds())
    let wireParts = PublisherWire.Parts(
      access: try? BrokerAccess(options.broker), names: options.names.map(\.description), prepare: options.prepare,
      commands: commands, tell: { mailbox.send(.wire($0)) })
    wire.start("amqp-publish") { PublisherWire(wireParts, $0).run() }
    let parts = PublisherParts(
      options: options, spool: spool, board: board, notice: notice, wire: wire, commands: commands, mailbox: mailbox,
      wakeup: wakeup, heartbeat: heartbeat)
    let closed = closed
    thread = Mutex(
      NamedThread("publisher") {
        PublisherLoop(parts).run()
        closed.flag.store(true, ordering: .sequentiallyConsistent)
        Self.passOn(mailbox, spool)
      })
    self.mailbox = mailbox
    self.spool = spool
    self.board = board
    self.wire = wire
  }

  /// Publishes every copy of `batch`; what is not confirmed within `broker.confirm_timeout` of `batch.readAt` goes to the
  /// spool. After ``stop(deadline:)`` the spool alone is asked.
  package func store(_ batch: CopyBatch, completion: @escaping @Sendable (StoreOutcome) -> Void) {
    mailbox.send(.store(batch, completion))
    passOnIfClosed()
  }

  /// Publishes dead letters to their `.dead` queues; row by row, true: confirmed and not returned. A letter that is false may
  /// be at the broker all the same.
  package func send(_ letters: [DeadLetter], completion: @escaping @Sendable ([Bool]) -> Void) {
    mailbox.send(.send(letters, completion))
    passOnIfClosed()
  }

  package var status: PublisherStatus { board.status }

  /// Takes nothing new to the broker, waits for what it has not answered until `deadline` (monotonic nanoseconds), spools the
  /// rest and ends both threads. The spool is to run until this returns. A second call does
  /// nothing.
  package func stop(deadline: UInt64) {
    guard let running = thread.withLock({ $0.take() }) else { return }
    mailbox.send(.stop(deadline: deadline))
    running.join()
    wire.interrupt()
    // A thread that hangs in the lookup of a name ends by itself.
    _ = wire.join(until: Clock.monotonicNanoseconds() + 1_000_000_000)
  }

  /// Brings the deadline of a ``stop(deadline:)`` under way forward to now.
  package func hurry() {
    mailbox.send(.hurry)
  }

  /// The thread takes the mailbox once more after it has set the flag, so one of the two sees every message.
  private func passOnIfClosed() {
    if closed.flag.load(ordering: .sequentiallyConsistent) { Self.passOn(mailbox, spool) }
  }

  /// What comes when the publisher is gone.
  private static func passOn(_ mailbox: Mailbox<PublisherMessage>, _ spool: EmbeddedQueue) {
    for message in mailbox.take() {
      switch message {
      case .store(let batch, let completion): spool.store(batch, completion: completion)
      case .send(let letters, let completion): completion(letters.map { _ in false })
      case .republish(let deliveries):
        for delivery in deliveries { spool.settleRepublished(delivery.queue, [(delivery.tag, false)]) }
      case .spooled, .shelved, .held, .wire, .stop, .hurry: break
      }
    }
  }
}
