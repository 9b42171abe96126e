import AMQP
import Core
import Platform

/// The life of a sink's consumer on its thread: take what was sent, read the link, do what the machines say, ack, wait.
final class BrokerConsumerLoop {
  /// One queue, its channel and the copies that came by it.
  struct Queue {
    let name: QueueName
    let channel: UInt16
    var machine: ConsumerQueueMachine
    var copies = ConsumerCopies()
    /// Those that are not acked, by tag.
    var held: [UInt64: BrokerCopy] = [:]
    var ledger = DeliveryTagLedger()
    /// Counts the channel's openings.
    var epoch: UInt64 = 0
    var isOpen = false
    /// Counts the consumers, so that one and the next may be there at the same time.
    var consumers = 0
    var receive: (@Sendable ([Delivery]) -> Void)?
    /// Packs that were not opened yet, since the worker has enough.
    var packs = FIFO<AMQPDelivery>()
    /// What came in this turn.
    var arrived: [Delivery] = []
    /// Copies that the worker was done with in this turn; what it has parked waits for it still.
    var done = 0
    /// What this turn hands on.
    var parking: [(tag: UInt64, copy: ForeignCopy)] = []
    var writing: [(tag: UInt64, letter: DeadLetter)] = []
    var burying: [(tag: UInt64, copy: ForeignCopy, note: DeathNote)] = []
    var isHeldBack = false
    var hasDiskNotice = false
    var note = ""
    /// The condition that was last spoken of.
    var said = ConsumerQueueMachine.Condition.away

    var consumerTag: String { "\(name)#\(consumers)" }
  }

  let parts: BrokerConsumer.Parts
  var queues: [Queue]
  var link: AMQPConnection?
  var parkedMax: Int
  /// Queues to be declared at the end of the turn.
  var unprepared: [Int] = []
  var status: BrokerConsumerStatus
  private var reconnect: ReconnectMachine
  private var nextAttempt: ReconnectMachine.Action?
  private var events: [AMQPEvent] = []
  private var hasMore = false
  private var hadLink = false
  private var isAwaySaid = false
  private var isRetired = false
  private var stopDeadline: UInt64?
  /// A stop, also one to come, waits for nothing.
  private var isHurried = false

  init(_ parts: BrokerConsumer.Parts) {
    self.parts = parts
    parkedMax = parts.options.parkedMax
    status = BrokerConsumerStatus(parts.options.names, since: Clock.unixMilliseconds())
    reconnect = ReconnectMachine(parts.options.broker)
    queues = parts.options.names.enumerated().map { index, name in
      var options = parts.options.waits
      options.needsLock = name.lockName != nil
      return Queue(name: name, channel: UInt16(clamping: index + 1), machine: ConsumerQueueMachine(options))
    }
  }

  func run() {
    nextAttempt = reconnect.started(now: now)
    while !isDone {
      rest()
      parts.heartbeat.woke(at: Clock.monotonicNanoseconds())
      for command in parts.mailbox.take() { receive(command) }
      attempt()
      read()
      timePassed()
      endTurn()
      parts.heartbeat.rested()
    }
    link?.close()
    parts.thread.connected(nil)
    link = nil
    publish()
  }

  var now: Int64 { Int64(Clock.monotonicNanoseconds() / 1_000_000) }

  private var isDone: Bool {
    guard let stopDeadline else { return false }
    return !queues.contains { $0.copies.isBusy } || Clock.monotonicNanoseconds() >= stopDeadline
  }

  // MARK: The turn

  private func rest() {
    var next = reconnect.nextDeadline ?? .max
    for queue in queues {
      next = min(next, queue.machine.nextDeadline ?? .max, queue.copies.nextDeadline ?? .max)
      if queue.isHeldBack || queue.machine.awaitsParked { next = min(next, now + 1000) }
    }
    if let stopDeadline { next = min(next, Int64(clamping: stopDeadline / 1_000_000) + 1) }
    let milliseconds: Int32 =
      hasMore || nextAttempt != nil ? 0 : next == .max ? -1 : Int32(clamping: max(0, min(next - now, 60_000)))
    if let link {
      link.wait(for: parts.thread.wakeup, milliseconds: milliseconds)
    } else {
      parts.thread.wakeup.wait(milliseconds: milliseconds)
    }
  }

  private func receive(_ command: BrokerConsumer.Command) {
    switch command {
    case .consume(let queue, let prefetch, let mode, let receive):
      queues[queue].receive = receive
      lookAtParked(queue)
      let action =
        switch mode {
        case .open: queues[queue].machine.wanted(prefetch: prefetch, now: now)
        case .sharing(let least): queues[queue].machine.wanted(prefetch: prefetch, least: least, now: now)
        case .probing: queues[queue].machine.probed(prefetch: prefetch, hasParked: hasParked(queue), now: now)
        }
      perform(action, queue)
    case .cancel(let queue):
      perform(queues[queue].machine.unwanted(now: now), queue)
    case .settle(let queue, let settlements):
      settled(queue, settlements)
    case .prepared(let answers):
      for (queue, answer) in answers {
        if answer == .missing { queues[queue].note = "it does not exist and could not be declared" }
        perform(queues[queue].machine.prepared(isReady: answer != .missing, now: now), queue)
      }
    case .stored(let queue, let tags, let failure):
      stored(queue, tags, failure)
    case .written(let queue, let tags, let isConfirmed):
      written(queue, tags, isConfirmed)
    case .parkedMax(let limit):
      parkedMax = limit
      for queue in queues.indices { lookAtParked(queue) }
    case .retire:
      retire()
    case .stop(let deadline):
      retire()
      stopDeadline = isHurried ? 0 : deadline
    case .hurry:
      isHurried = true
      if stopDeadline != nil { stopDeadline = 0 }
    }
  }

  private func retire() {
    guard !isRetired else { return }
    isRetired = true
    for queue in queues.indices {
      queues[queue].copies.stopped()
      queues[queue].receive = nil
      perform(queues[queue].machine.stopped(now: now), queue)
    }
  }

  /// Whatever the broker has sent.
  private func read() {
    guard let link else { return }
    do throws(AMQPError) {
      events.removeAll(keepingCapacity: true)
      // What came before an error still counts, unless the link was given up over one of the events.
      defer { for event in events where self.link === link { take(event) } }
      hasMore = try link.receive(into: &events)
    } catch {
      lost(error)
    }
  }

  private func timePassed() {
    for queue in queues.indices {
      perform(queues[queue].machine.timePassed(now), queue)
      for (tag, step) in queues[queue].copies.timePassed(now) { take(step, tag, queue) }
      if queues[queue].isHeldBack { lookAtParked(queue) }
      if queues[queue].machine.awaitsParked, !hasParked(queue) {
        perform(queues[queue].machine.parkedEnded(now: now), queue)
      }
    }
  }

  // MARK: The link

  private func attempt() {
    var action = nextAttempt ?? reconnect.timePassed(now: now)
    nextAttempt = nil
    while action == .attempt, stopDeadline == nil, !parts.thread.isStopping {
      // An attempt may take seconds: a wait, not work.
      parts.heartbeat.rested()
      do throws(AMQPError) {
        let link = try parts.access.connect("consumer of \(parts.options.sink.rawValue)") { parts.thread.isStopping }
        parts.thread.connected(link.cutter)
        self.link = link
        reconnect.linkOpened()
        action = nil
        opened()
      } catch {
        action = reconnect.attemptFailed(now: now)
        sayAway("the broker cannot be reached", error)
      }
    }
  }

  private func opened() {
    if hadLink {
      status.reconnects += 1
      parts.notice(.warning, "the consumer of \(parts.options.sink.rawValue) has its broker again")
    }
    hadLink = true
    isAwaySaid = false
    status.isConnected = true
    status.since = Clock.unixMilliseconds()
    status.note = ""
    let channels = link?.channelLimit ?? 0
    if queues.count > channels {
      parts.notice(
        .warning, "this broker allows \(channels) channels: no more domains' queues are consumed by this process")
    }
    for queue in queues.indices where queues[queue].channel <= channels && link != nil {
      perform(queues[queue].machine.linkOpened(now: now), queue)
    }
  }

  /// Any error of the link is its end; what it had given out, the broker gives again.
  func lost(_ error: AMQPError) {
    guard let link else { return }
    self.link = nil
    hasMore = false
    parts.thread.connected(nil)
    link.close()
    status.isConnected = false
    status.since = Clock.unixMilliseconds()
    sayAway("the broker is lost", error)
    for queue in queues.indices {
      channelLost(queue)
      queues[queue].machine.linkLost()
    }
    nextAttempt = reconnect.linkLost(now: now)
  }

  /// Once for each time that the broker is away.
  private func sayAway(_ what: String, _ error: AMQPError) {
    status.note = error.description
    guard !isAwaySaid else { return }
    isAwaySaid = true
    parts.notice(.warning, "consumer of \(parts.options.sink.rawValue): \(what): \(error)")
  }
}
