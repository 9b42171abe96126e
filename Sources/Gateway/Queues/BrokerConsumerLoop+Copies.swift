import AMQP
import Core
import Platform

/// The way of a copy: to the worker, and once it is settled to the disk, the dead letters and the ack.
extension BrokerConsumerLoop {
  func delivered(_ queue: Int, _ message: AMQPDelivery) {
    guard message.deliveryTag < ConsumerTag.maxDeliveryTag, queues[queue].ledger.delivered(message.deliveryTag) else {
      return lost(AMQPError(code: .protocol, description: "a delivery tag came that cannot be"))
    }
    // Nobody takes it any more: it goes back to its queue when the link is closed.
    guard queues[queue].receive != nil else { return }
    if CopyPack.begins(message.body.span) {
      queues[queue].packs.append(message)
    } else {
      arrived(BrokerCopy(message, of: queues[queue].name, tag: tag(message, queue)), queue)
      perform(queues[queue].machine.received(copies: 1, now: now), queue)
    }
  }

  /// Opens packs as long as the worker has fewer copies than it wants, and all of them if it takes nothing more: it puts them
  /// where they wait, as nothing is to stay unacknowledged for long.
  private func openPacks(_ queue: Int) {
    while queues[queue].receive != nil, let message = queues[queue].packs.first,
      queues[queue].machine.wantedCopies.map({ queues[queue].copies.count < $0 }) ?? true
    {
      _ = queues[queue].packs.removeFirst()
      open(message, queue)
    }
  }

  private func open(_ message: AMQPDelivery, _ queue: Int) {
    guard let pack = CopyPack(message.body.span) else {
      // Its worker finds it unreadable too, and buries it as it came.
      return arrived(BrokerCopy(message, of: queues[queue].name, tag: tag(message, queue)), queue)
    }
    queues[queue].ledger.opened(message.deliveryTag, copies: pack.items.count)
    for (number, item) in pack.items.enumerated() {
      let tag = tag(message, queue, item: UInt8(number))
      arrived(BrokerCopy(item, in: message, of: queues[queue].name, tag: tag), queue)
    }
    perform(queues[queue].machine.received(copies: pack.items.count, now: now), queue)
  }

  private func tag(_ message: AMQPDelivery, _ queue: Int, item: UInt8 = 0) -> UInt64 {
    ConsumerTag(epoch: queues[queue].epoch, deliveryTag: message.deliveryTag, item: item).rawValue
  }

  private func arrived(_ copy: BrokerCopy, _ queue: Int) {
    queues[queue].copies.delivered(copy.delivery.tag)
    queues[queue].held[copy.delivery.tag] = copy
    queues[queue].arrived.append(copy.delivery)
  }

  func settled(_ queue: Int, _ settlements: [(tag: UInt64, settlement: Settlement)]) {
    let unix = Clock.unixMilliseconds()
    for (tag, settlement) in settlements {
      guard let copy = queues[queue].held[tag] else { continue }
      let step = queues[queue].copies.settled(tag, settlement, attempt: copy.delivery.attempt, unix: unix)
      guard let step else { continue }
      if settlement.isFinal { queues[queue].done += 1 }
      take(step, copy, tag, queue)
    }
  }

  func stored(_ queue: Int, _ tags: [UInt64], _ failure: StoreFailure?) {
    for tag in tags {
      let step = queues[queue].copies.stored(tag, isStored: failure == nil, now: now)
      if step == .ack { ack(tag, queue) }
    }
    if let failure, !queues[queue].hasDiskNotice {
      parts.notice(
        .warning,
        "copies of \(queues[queue].name) cannot be set aside (\(failure.rawValue)): they stay in RabbitMQ, unacknowledged"
      )
    }
    queues[queue].hasDiskNotice = failure != nil
    lookAtParked(queue)
  }

  func written(_ queue: Int, _ tags: [UInt64], _ isConfirmed: [Bool]) {
    for (tag, isConfirmed) in zip(tags, isConfirmed) {
      guard let copy = queues[queue].held[tag],
        let step = queues[queue].copies.written(tag, isConfirmed: isConfirmed, now: now)
      else { continue }
      take(step, copy, tag, queue)
    }
  }

  /// A step whose time has come again.
  func take(_ step: ConsumerCopies.Step, _ tag: UInt64, _ queue: Int) {
    guard let copy = queues[queue].held[tag] else { return }
    take(step, copy, tag, queue)
  }

  private func take(_ step: ConsumerCopies.Step, _ copy: BrokerCopy, _ tag: UInt64, _ queue: Int) {
    switch step {
    case .ack: ack(tag, queue)
    case .park(let parking): queues[queue].parking.append((tag, ForeignCopy(copy.delivery, parking: parking)))
    case .write(let note): queues[queue].writing.append((tag, copy.letter(note, at: Clock.unixMilliseconds())))
    case .bury(let note):
      let parking = Parking(dueAt: 0, lane: "", attempt: note.attempt)
      queues[queue].burying.append((tag, ForeignCopy(copy.delivery, parking: parking), note))
    }
  }

  private func ack(_ tag: UInt64, _ queue: Int) {
    queues[queue].held[tag] = nil
    guard let tag = ConsumerTag(tag) else { return }
    _ = queues[queue].ledger.settled(tag.deliveryTag)
  }

  // MARK: The end of a turn

  func endTurn() {
    for queue in queues.indices {
      openPacks(queue)
      acknowledge(queue)
      watch(queue)
      handOn(queue)
    }
    prepare()
    sayConditions()
    // Before the deliveries, so that whoever has one finds it in the figures.
    publish()
    for queue in queues.indices { handOver(queue) }
  }

  /// What a slow worker has in hand, the broker cannot give to another.
  private func watch(_ queue: Int) {
    let copies = queues[queue].copies
    perform(
      queues[queue].machine.turnEnded(
        unsettled: copies.count, withWorker: copies.withWorker, done: queues[queue].done, now: now), queue)
    queues[queue].done = 0
  }

  private func acknowledge(_ queue: Int) {
    guard let link, queues[queue].ledger.hasSettled else { return }
    var acks: [DeliveryTagLedger.Ack] = []
    queues[queue].ledger.takeAcks(into: &acks)
    do throws(AMQPError) {
      for ack in acks { try link.ack(queues[queue].channel, deliveryTag: ack.tag, multiple: ack.isMultiple) }
    } catch {
      lost(error)
    }
  }

  private func handOver(_ queue: Int) {
    guard !queues[queue].arrived.isEmpty else { return }
    let deliveries = queues[queue].arrived
    queues[queue].arrived = []
    queues[queue].receive?(deliveries)
    lookAtParked(queue)
  }

  private func handOn(_ queue: Int) {
    let mailbox = parts.mailbox
    if !queues[queue].parking.isEmpty {
      let tags = queues[queue].parking.map(\.tag)
      parts.embedded.park(queues[queue].parking.map(\.copy)) { failure in
        mailbox.send(.stored(queue, tags: tags, failure: failure))
      }
      queues[queue].parking = []
    }
    if !queues[queue].writing.isEmpty {
      let tags = queues[queue].writing.map(\.tag)
      parts.write(queues[queue].writing.map(\.letter)) { isConfirmed in
        mailbox.send(.written(queue, tags: tags, isConfirmed: isConfirmed))
      }
      queues[queue].writing = []
    }
    if !queues[queue].burying.isEmpty {
      let tags = queues[queue].burying.map(\.tag)
      parts.embedded.bury(queues[queue].burying.map { ($0.copy, $0.note) }) { failure in
        mailbox.send(.stored(queue, tags: tags, failure: failure))
      }
      queues[queue].burying = []
    }
  }

  func publish() {
    for index in queues.indices {
      status.queues[index].condition = queues[index].machine.condition
      status.queues[index].unsettled = queues[index].ledger.outstanding
      status.queues[index].note = queues[index].note
    }
    if link == nil, status.isConnected { status.isConnected = false }
    parts.board.publish(status)
  }
}
