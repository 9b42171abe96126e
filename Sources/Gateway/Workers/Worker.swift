package import Core
import Platform
import Synchronization

/// Consumes one sink's queues and delivers what they hold, on a thread of its own.
///
/// One process has at most one worker per sink. All of its state lives on its thread (`worker-logbeacon`,
/// `worker-telegram`); what other threads have to say goes through a mailbox.
package final class Worker: Sendable {
  package let sink: Sink
  /// For liveness.
  package let heartbeat = Heartbeat()

  private let parts: WorkerLoop.Parts
  private let link: WorkerLink
  private let thread = Mutex<NamedThread?>(nil)
  private let resigned: @Sendable (Worker) -> Void

  /// `settings.domains` are those that `queue` was made with. The worker prints on `console`; what it does in a sink's
  /// stead is printed there only if copies can come from nowhere but this process (`queue: embedded`). `resigned` is called
  /// on the worker's thread when it has given up (contracts.md §9); it may be started again.
  package init(
    sink: Sink, settings: Settings, queue: any Queue, console: Console, zone: LocalTimeZone, metrics: Metrics? = nil,
    resigned: @escaping @Sendable (Worker) -> Void = { _ in }
  ) {
    self.sink = sink
    self.resigned = resigned
    let link = WorkerLink()
    self.link = link
    parts = WorkerLoop.Parts(
      sink: sink, settings: settings, queue: queue, console: console, time: zone.time, metrics: metrics,
      mailbox: Mailbox { link.wake() }, board: WorkerBoard(sink, settings), heartbeat: heartbeat)
  }

  /// Starts the thread and returns once it consumes. Not while it runs.
  package func start() throws(WorkerError) {
    thread.withLock { $0.take() }?.join()
    let parts = self.parts
    let started = try link.launch("worker-\(sink.rawValue)") { () throws(WorkerError) in
      try WorkerLoop(parts)
    } resigned: { [weak self] in
      if let self { resigned(self) }
    }
    thread.withLock { $0 = started }
  }

  /// Takes new settings over: addresses, credentials, limits. Whatever was refused is tried again at once.
  package func update(_ settings: Settings) {
    parts.mailbox.send(.settings(settings))
  }

  /// Stops consuming, gives back what is not in flight, lets calls in flight end until `deadline` (monotonic
  /// nanoseconds), gives back the rest and ends the thread. Does nothing if it does not run.
  package func stop(deadline: UInt64) {
    guard let running = thread.withLock({ $0.take() }) else { return }
    parts.mailbox.send(.stop(deadline: deadline))
    running.join()
  }

  /// Brings the deadline of a ``stop(deadline:)`` under way forward to now; does nothing before one.
  package func hurry() {
    parts.mailbox.send(.hurry)
  }

  package func snapshot() -> WorkerSnapshot { parts.board.snapshot }
}

/// What other threads tell the worker.
enum WorkerMessage: Sendable {
  case delivered(queue: Int, [Delivery])
  /// The copies that a copy without target was split into are durable, or not.
  case split(ticket: UInt64, isStored: Bool)
  /// The oldest copies of an ordered lane that were parked are due now, or were; there are more, or not.
  case woken(LaneID, rows: [UInt64], hasMore: Bool)
  case settings(Settings)
  case stop(deadline: UInt64)
  /// A stop that is under way is to end now.
  case hurry
}

/// The worker's last words about itself.
final class WorkerBoard: Sendable {
  private let current: Mutex<WorkerSnapshot>

  init(_ sink: Sink, _ settings: Settings) {
    let queues = settings.domains.map { domain in
      WorkerSnapshot.Queue(
        name: QueueName(domain: domain.name, sink: sink), condition: .delivering, since: Clock.unixMilliseconds())
    }
    current = Mutex(WorkerSnapshot(sink: sink, queues: queues))
  }

  var snapshot: WorkerSnapshot { current.withLock { $0 } }

  func publish(_ queues: [WorkerSnapshot.Queue]) {
    current.withLock { $0.queues = queues }
  }
}
