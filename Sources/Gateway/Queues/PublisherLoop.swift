import AMQP
import Core
import Platform

/// The publisher on its thread: gathers what was sent, lets the machines decide, does what they say. It never waits for the
/// network or the disk.
final class PublisherLoop {
  /// Spooled copies that may be on their way to the broker at a time.
  static let republishWindow = 512
  /// How long a goodbye to the broker may take before the connection is cut, in nanoseconds.
  static let goodbyeTime: UInt64 = 1_500_000_000

  let options: Publisher.Options
  let spool: EmbeddedQueue
  let board: PublisherBoard
  let notices: PublisherNotices
  let wire: BrokerThread
  let commands: Mailbox<WireCommand>
  private let heartbeat: Heartbeat
  private let mailbox: Mailbox<PublisherMessage>
  private let wakeup: Wakeup

  var machine: PublisherMachine
  var reconnect: ReconnectMachine
  var ownership: SpoolOwnership
  /// Of the turn; monotonic.
  private(set) var nanoseconds: UInt64
  var now: Int64 { Int64(nanoseconds / 1_000_000) }

  /// The number of the link that is open, or of the last one.
  var link = 0
  var cutter: AMQPCutter?
  var isLinked = false
  var reconnects = 0
  var note = ""
  /// Main queues by their name at the broker.
  let queues: [String: Int]
  /// When each queue was last said to be missing.
  var missingAt: [Int: Int64] = [:]

  var batches = PublisherBatches()
  var actions: [PublisherAction] = []
  var outbox = PublisherOutbox()
  private var stopAt: UInt64?
  /// A stop, also one to come, waits for nothing.
  private var isHurried = false
  /// The last link was told goodbye; it is cut at this time.
  private var goodbyeAt: UInt64?

  init(_ parts: PublisherParts) {
    options = parts.options
    spool = parts.spool
    board = parts.board
    notices = PublisherNotices(takesEvents: options.takesEvents, parts.notice)
    wire = parts.wire
    commands = parts.commands
    heartbeat = parts.heartbeat
    mailbox = parts.mailbox
    wakeup = parts.wakeup
    nanoseconds = Clock.monotonicNanoseconds()
    let now = Int64(nanoseconds / 1_000_000)
    var limits = PublisherMachine.Limits()
    if options.broker.packing { limits.packCopies = CopyPack.maxCopies }
    machine = PublisherMachine(
      confirmTimeout: options.broker.confirmTimeout.milliseconds,
      heartbeat: options.broker.heartbeat.milliseconds, patience: options.patience.milliseconds, limits: limits,
      now: now)
    reconnect = ReconnectMachine(options.broker)
    ownership = SpoolOwnership(
      fallback: options.fallback, fallbackAfter: options.fallbackAfter, hasWorkers: options.hasWorkers, now: now)
    queues = Dictionary(options.names.enumerated().map { ("\($1)", $0) }) { first, _ in first }
  }

  /// Until it was told to stop and everything has ended.
  func run() {
    spool.assignSpool(to: .nobody)
    spool.republish(window: Self.republishWindow) { [mailbox] in mailbox.send(.republish($0)) }
    attempt(reconnect.started(now: now))
    while !hasEnded {
      heartbeat.rested()
      wakeup.wait(milliseconds: waitMilliseconds())
      nanoseconds = Clock.monotonicNanoseconds()
      heartbeat.woke(at: nanoseconds)
      for message in mailbox.take() { take(message) }
      passTime()
      if machine.wantsSpoolReading(now) { machine.spoolRead(spool.backlog, now: now) }
      machine.turnEnded(now: now, &actions)
      perform()
      flush()
      board.update { $0 = status(after: $0) }
    }
    heartbeat.rested()
  }

  /// For completions that come on other threads.
  var tell: @Sendable (PublisherMessage) -> Void {
    { [mailbox] in mailbox.send($0) }
  }

  private func take(_ message: PublisherMessage) {
    switch message {
    case .store(let batch, let completion): store(batch, completion)
    case .send(let letters, let completion): send(letters, completion)
    case .republish(let deliveries): republish(deliveries)
    case .spooled(let batch, let rows, let outcome): spooled(batch, rows, outcome)
    case .shelved(let batch, let rows, let outcome): shelved(batch, rows, outcome)
    case .held(let batch, let rows, let outcome): held(batch, rows, outcome)
    case .wire(let event): take(event)
    case .stop(let deadline): stop(deadline)
    case .hurry:
      isHurried = true
      if stopAt != nil { stopAt = 0 }
    }
  }

  private func passTime() {
    machine.timePassed(now: now, &actions)
    perform()
    if stopAt == nil {
      attempt(reconnect.timePassed(now: now))
      assign(ownership.timePassed(now: now))
    } else {
      end()
    }
  }

  func attempt(_ action: ReconnectMachine.Action?) {
    guard action == .attempt, stopAt == nil else { return }
    commands.send(.connect(link: link + 1))
  }

  func assign(_ owner: SpoolOwnership.Owner?) {
    switch owner {
    case .republisher: spool.assignSpool(to: .republisher)
    case .workers: spool.assignSpool(to: .workers)
    case .nobody: spool.assignSpool(to: .nobody)
    case nil: break
    }
  }

  private func waitMilliseconds() -> Int32 {
    var next = machine.nextDeadline
    for deadline in [reconnect.nextDeadline, ownership.nextDeadline] {
      if stopAt == nil, let deadline { next = min(next ?? deadline, deadline) }
    }
    if let deadline = goodbyeAt == nil ? stopAt : isLinked ? goodbyeAt : nil {
      next = min(next ?? .max, Int64(clamping: deadline / 1_000_000) + 1)
    }
    guard let next else { return -1 }
    return Int32(clamping: max(0, next - Int64(Clock.monotonicNanoseconds() / 1_000_000)))
  }

  private func status(after last: PublisherStatus) -> PublisherStatus {
    var status = last
    if status.condition != machine.condition {
      status.condition = machine.condition
      status.since = Clock.unixMilliseconds()
    }
    status.note = machine.condition == .connected ? "" : note
    status.isConnected = isLinked
    status.isBlocked = machine.condition == .blocked
    status.reconnects = reconnects
    status.ledger = machine.ledger
    status.oldestOutstanding = machine.oldestOpenAt.map { .milliseconds(max(0, now - $0)) }
    return status
  }

  // MARK: The end

  var isStopping: Bool { stopAt != nil }

  private var hasEnded: Bool { stopAt != nil && goodbyeAt != nil && !isLinked && batches.isEmpty }

  private func stop(_ deadline: UInt64) {
    guard stopAt == nil else { return }
    stopAt = isHurried ? 0 : deadline
    assign(ownership.stopped())
    machine.stopped(&actions)
    perform()
  }

  /// Once nobody waits for the broker any more, or the time is up: goodbye, and what it has not answered for is spooled.
  private func end() {
    guard let stopAt else { return }
    if let goodbyeAt {
      if isLinked, goodbyeAt <= nanoseconds {
        cutter?.cut()
        linkLost("it did not take leave in time")
      }
    } else if machine.isQuiet || stopAt <= nanoseconds {
      takeLeave()
    }
  }

  private func takeLeave() {
    goodbyeAt = nanoseconds + Self.goodbyeTime
    if isLinked { commands.send(.close(link: link)) }
  }

  /// An attempt that was under way has opened a link that nobody needs any more.
  func leaveIfStopping() {
    if goodbyeAt != nil { takeLeave() }
  }
}

/// What the publisher's thread is given.
struct PublisherParts: Sendable {
  let options: Publisher.Options
  let spool: EmbeddedQueue
  let board: PublisherBoard
  let notice: NoticeWriter
  let wire: BrokerThread
  let commands: Mailbox<WireCommand>
  let mailbox: Mailbox<PublisherMessage>
  let wakeup: Wakeup
  let heartbeat: Heartbeat
}
