import AMQP
import Core
import Platform

/// What the broker says of the queues, and doing what their machines answer.
extension BrokerConsumerLoop {
  func take(_ event: AMQPEvent) {
    switch event {
    case .delivered(let delivery):
      guard let queue = queue(delivery.channel) else { return }
      delivered(queue, delivery)
    case .declared(let channel, let name, _, _):
      guard let queue = queue(channel), name == queues[queue].name.lockName else { return }
      perform(queues[queue].machine.locked(now: now), queue)
    case .consumeOK(let channel, _):
      guard let queue = queue(channel) else { return }
      queues[queue].note = ""
      perform(queues[queue].machine.consumeOpened(now: now), queue)
    case .cancelOK(let channel, let tag):
      // One that was replaced is of no interest any more.
      guard let queue = queue(channel), tag == queues[queue].consumerTag else { return }
      perform(queues[queue].machine.cancelAnswered(now: now), queue)
    case .cancelled(let channel, _):
      guard let queue = queue(channel) else { return }
      queues[queue].note = "the broker ended the consumer: the queue was deleted or its node is gone"
      perform(queues[queue].machine.cancelNoticed(now: now), queue)
    case .channelClosed(let channel, let code, let text):
      guard let queue = queue(channel) else { return }
      channelLost(queue)
      queues[queue].note = text
      perform(queues[queue].machine.channelClosed(code: code, now: now), queue)
    default: break
    }
  }

  private func queue(_ channel: UInt16) -> Int? {
    channel >= 1 && Int(channel) <= queues.count ? Int(channel) - 1 : nil
  }

  /// The channel is gone, and with it what it had given out.
  func channelLost(_ queue: Int) {
    queues[queue].isOpen = false
    queues[queue].ledger = DeliveryTagLedger()
    queues[queue].copies.channelLost()
    queues[queue].held = [:]
    queues[queue].packs = FIFO()
    queues[queue].parking = []
    queues[queue].writing = []
    queues[queue].burying = []
    queues[queue].arrived = []
  }

  func perform(_ action: ConsumerQueueMachine.Action?, _ queue: Int) {
    guard let action, let link else { return }
    let name = queues[queue].name
    let channel = queues[queue].channel
    do throws(AMQPError) {
      switch action {
      case .prepare:
        unprepared.append(queue)
      case .lock:
        try open(queue, link)
        try link.declare(channel, .lock(name.lockName ?? "\(name)"))
      case .unlock:
        try open(queue, link)
        try link.delete(channel, queue: name.lockName ?? "\(name)")
      case .consume(let prefetch):
        try open(queue, link)
        try consume(queue, prefetch: prefetch, link)
      case .replace(let prefetch):
        let before = queues[queue].consumerTag
        try consume(queue, prefetch: prefetch, link)
        try link.cancel(channel, consumerTag: before)
      case .cancel:
        try link.cancel(channel, consumerTag: queues[queue].consumerTag)
      }
    } catch {
      lost(error)
    }
  }

  private func consume(_ queue: Int, prefetch: Int, _ link: AMQPConnection) throws(AMQPError) {
    queues[queue].consumers += 1
    try link.qos(queues[queue].channel, prefetch: prefetch)
    try link.consume(
      queues[queue].channel, queue: "\(queues[queue].name)", consumerTag: queues[queue].consumerTag)
  }

  private func open(_ queue: Int, _ link: AMQPConnection) throws(AMQPError) {
    guard !queues[queue].isOpen else { return }
    try link.openChannel(queues[queue].channel)
    queues[queue].isOpen = true
    queues[queue].epoch += 1
  }

  /// Asks for the queues that are to be declared before they are consumed.
  func prepare() {
    guard !unprepared.isEmpty else { return }
    let wanted = unprepared
    unprepared = []
    let mailbox = parts.mailbox
    parts.declarer.declare(wanted.map { "\(queues[$0].name)" }) { answers in
      mailbox.send(.prepared(zip(wanted, answers).map { ($0, $1) }))
    }
  }

  /// A copy of the queue is parked here; it may be on its way out.
  func hasParked(_ queue: Int) -> Bool { parts.embedded.figures(queues[queue].name).parked > 0 }

  /// Consumes less when many copies of a queue are parked here, and again when there is room.
  func lookAtParked(_ queue: Int) {
    let parked = parts.embedded.figures(queues[queue].name).parked
    let isHeldBack = queues[queue].isHeldBack ? parked * 10 >= parkedMax * 9 : parked >= parkedMax
    guard isHeldBack != queues[queue].isHeldBack else { return }
    queues[queue].isHeldBack = isHeldBack
    parts.notice(
      isHeldBack ? .warning : .notice,
      isHeldBack
        ? "\(parked) copies of \(queues[queue].name) are parked (worker.parked_max): the rest stays in RabbitMQ"
        : "queue \(queues[queue].name) is consumed again: there is room for parked copies")
    perform(queues[queue].machine.heldBack(isHeldBack, now: now), queue)
  }

  /// One sentence per change that an operator wants to know of.
  func sayConditions() {
    for index in queues.indices {
      let condition = queues[index].machine.condition
      let name = queues[index].name
      switch (queues[index].said, condition) {
      case (.standingBy, .standingBy), (.refused, .refused), (.consuming, .consuming): continue
      case (_, .standingBy):
        parts.notice(.warning, "queue \(name) is consumed by another worker: this one stands by")
      case (_, .refused):
        parts.notice(.warning, "queue \(name) cannot be consumed and is tried again: \(queues[index].note)")
      case (.standingBy, .consuming), (.refused, .consuming):
        parts.notice(.warning, "queue \(name) is consumed")
      case (_, .consuming): break
      // On the way, or at rest: what was said last stands.
      default: continue
      }
      queues[index].said = condition
    }
  }
}
