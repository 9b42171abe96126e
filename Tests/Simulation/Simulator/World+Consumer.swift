import Core

/// The consumer's thread: it does what its machines say, hands copies to the worker, and acks what is safe elsewhere.
extension World {
  mutating func turnConsumer(isFaulty: Bool) {
    guard let consumer = gateway?.consumer else { return }
    if consumer.isConnecting { connectConsumer(isFaulty: isFaulty) }
    readEvents(isFaulty ? Int(random.next(6)) : .max)
    for queue in consumer.queues.indices where gateway?.consumer?.queues[queue].isPreparing == true {
      guard !isFaulty || random.chance(2) else { continue }
      gateway?.consumer?.queues[queue].isPreparing = false
      if broker.works { broker.queues[queue].exists = true }
      perform(queue) { [isReady = broker.works] in $0.prepared(isReady: isReady, now: $1) }
    }
    for queue in consumer.queues.indices { openPacks(queue) }
    acknowledge()
    for queue in consumer.queues.indices { watch(queue) }
  }

  mutating func passConsumerTime() {
    guard gateway?.consumer != nil else { return }
    let now = clock.monotonic
    if gateway?.isDraining == false, gateway?.consumer?.reconnect.timePassed(now: now) == .attempt {
      gateway?.consumer?.isConnecting = true
    }
    for queue in 0..<SimulatedGateway.queues {
      perform(queue) { $0.timePassed($1) }
      if gateway?.consumer?.queues[queue].machine.awaitsParked == true, !hasParked(queue) {
        perform(queue) { $0.parkedEnded(now: $1) }
      }
      for (tag, step) in gateway?.consumer?.queues[queue].copies.timePassed(now) ?? [] {
        sightings.note(.parkTriedAgain)
        take(step, tag, queue)
      }
    }
  }

  /// What the worker wants of a queue of the broker.
  mutating func wantFromBroker(_ queue: Int, prefetch: Int, probing: Bool) {
    let hasParked = hasParked(queue)
    perform(queue) {
      probing
        ? $0.probed(prefetch: prefetch, hasParked: hasParked, now: $1)
        : $0.wanted(prefetch: prefetch, least: SimulatedGateway.leastPrefetch, now: $1)
    }
  }

  /// A slow worker is given fewer copies.
  private mutating func watch(_ queue: Int) {
    guard let consumed = gateway?.consumer?.queues[queue] else { return }
    let (most, withWorker) = (consumed.machine.wantedCopies, consumed.copies.withWorker)
    perform(queue) { [bug] in
      $0.turnEnded(
        unsettled: consumed.copies.count, withWorker: bug == .neverHasRoom ? .max / 4 : withWorker,
        done: consumed.done, now: $1)
    }
    gateway?.consumer?.queues[queue].done = 0
    guard let most, let given = gateway?.consumer?.queues[queue].machine.wantedCopies, given != most else { return }
    sightings.note(given < most ? .givenLess : .givenMore)
  }

  private func hasParked(_ queue: Int) -> Bool { disk.rows.contains { $0.queue == queue && $0.dueAt != nil } }

  mutating func perform(
    _ queue: Int, _ event: (inout ConsumerQueueMachine, Int64) -> ConsumerQueueMachine.Action?
  ) {
    guard var consumer = gateway?.consumer else { return }
    let action = event(&consumer.queues[queue].machine, clock.monotonic)
    gateway?.consumer = consumer
    guard let action, consumer.isLinked else { return }
    switch action {
    case .prepare: gateway?.consumer?.queues[queue].isPreparing = true
    case .lock:
      open(queue)
      broker.consuming?.commands.append(.lock(queue: queue))
    case .unlock:
      open(queue)
      broker.consuming?.commands.append(.unlock(queue: queue))
    case .consume(let prefetch), .replace(let prefetch):
      open(queue)
      broker.consuming?.commands.append(.consume(queue: queue, prefetch: prefetch))
    case .cancel: broker.consuming?.commands.append(.cancel(queue: queue))
    }
  }

  private mutating func open(_ queue: Int) {
    guard gateway?.consumer?.queues[queue].isOpen == false else { return }
    gateway?.consumer?.queues[queue].isOpen = true
    gateway?.consumer?.queues[queue].epoch += 1
    broker.consuming?.commands.append(.open(queue: queue))
  }

  // MARK: What the link brings

  private mutating func readEvents(_ count: Int) {
    for _ in 0..<count {
      guard gateway?.consumer?.isLinked == true, broker.consuming?.events.isEmpty == false,
        let event = broker.consuming?.events.removeFirst()
      else { return }
      broker.consuming?.read(event)
      take(event)
    }
  }

  private mutating func take(_ event: SimulatedBroker.Event) {
    switch event {
    case .locked(let queue): perform(queue) { $0.locked(now: $1) }
    case .consuming(let queue): perform(queue) { $0.consumeOpened(now: $1) }
    case .cancelAnswered(let queue): perform(queue) { $0.cancelAnswered(now: $1) }
    case .cancelled(let queue):
      sightings.note(.consumerCancelled)
      perform(queue) { $0.cancelNoticed(now: $1) }
    case .closed(let queue, let code):
      sightings.note(code == 405 ? .stoodBy : .channelClosed)
      channelLost(queue)
      perform(queue) { $0.channelClosed(code: code, now: $1) }
    case .delivered(let queue, let tag, let message, let isRedelivered):
      if isRedelivered { sightings.note(.redelivered) }
      delivered(queue, tag, message)
    }
  }

  private mutating func delivered(_ queue: Int, _ deliveryTag: UInt64, _ message: SimulatedBroker.Message) {
    guard var gateway, var consumer = gateway.consumer else { return }
    guard consumer.queues[queue].ledger.delivered(deliveryTag) else {
      return ledger.report("a delivery tag of queue \(queue) did not rise")
    }
    // Nobody takes it any more: it goes back with the link.
    guard !consumer.isRetired else { return gateway.consumer = consumer }
    if message.items.count > 1 {
      consumer.queues[queue].packs.append((deliveryTag, message))
    }
    gateway.consumer = consumer
    self.gateway = gateway
    if message.items.count == 1 { handOver(message, queue, deliveryTag) }
  }

  /// Packs are opened while the worker has room, and all of them if it takes nothing more.
  private mutating func openPacks(_ queue: Int) {
    while let consumer = gateway?.consumer, !consumer.isRetired, let (tag, message) = consumer.queues[queue].packs.first
    {
      if let wanted = consumer.queues[queue].machine.wantedCopies, consumer.queues[queue].copies.count >= wanted {
        return sightings.note(.packWaited)
      }
      sightings.note(.packOpened)
      _ = gateway?.consumer?.queues[queue].packs.removeFirst()
      if bug != .ackPackAtFirst { gateway?.consumer?.queues[queue].ledger.opened(tag, copies: message.items.count) }
      if bug == .ackPackAtOpening {
        for _ in message.items { _ = gateway?.consumer?.queues[queue].ledger.settled(tag) }
      }
      handOver(message, queue, tag)
    }
  }

  /// The worker gets the copies of a message.
  private mutating func handOver(_ message: SimulatedBroker.Message, _ queue: Int, _ deliveryTag: UInt64) {
    var copies: [HeldCopy] = []
    for (number, item) in message.items.enumerated() {
      guard var gateway, var consumer = gateway.consumer else { return }
      let epoch = bug == .forgetEpoch ? 1 : consumer.queues[queue].epoch
      let tag = ConsumerTag(epoch: epoch, deliveryTag: deliveryTag, item: UInt8(number)).rawValue
      if bug == .missLastOfPack, number > 0, number + 1 == message.items.count {
        _ = consumer.queues[queue].ledger.settled(deliveryTag)
        self.gateway?.consumer = consumer
        continue
      }
      consumer.queues[queue].copies.delivered(tag)
      consumer.queues[queue].held[tag] = item
      gateway.consumer = consumer
      gateway.lastTicket += 1
      let held = SimulatedGateway.Held(
        ticket: gateway.lastTicket, copy: item.copy, queue: queue, digest: item.digest, attempt: item.attempt,
        origin: .broker(tag: tag))
      self.gateway = gateway
      trace.note("given", item.copy, message.serial)
      if let copy = take(held, lane: nil) { copies.append(copy) }
    }
    if !copies.isEmpty { perform(gateway?.machine.delivered(copies, now: clock.moment) ?? []) }
    releaseGroups()
    perform(queue) { $0.received(copies: message.items.count, now: $1) }
  }

  // MARK: The way of a copy to its ack

  mutating func settledBrokered(_ queue: Int, _ tag: UInt64, _ settlement: Settlement, attempt: Int) {
    let step = gateway?.consumer?.queues[queue].copies.settled(
      tag, settlement, attempt: attempt, unix: clock.unix)
    guard let step else { return sightings.note(.settledTooLate) }
    if settlement.isFinal { gateway?.consumer?.queues[queue].done += 1 }
    take(step, tag, queue)
  }

  private mutating func take(_ step: ConsumerCopies.Step, _ tag: UInt64, _ queue: Int) {
    if step == .ack { return ack(tag, queue) }
    guard let item = gateway?.consumer?.queues[queue].held[tag] else { return }
    switch step {
    case .ack: break
    case .park(let parking):
      gateway?.orders.append(.park(queue: queue, tag: tag, item, parking))
      if bug == .ackBeforePark { stored(queue, tag, isStored: true) }
    case .write(let note):
      if bug == .ackBeforeLetter { ack(tag, queue) }
      sendLetter(item.copy, .consumer(queue: queue, tag: tag), note)
    case .bury(let note):
      sightings.note(.buriedOnDisk)
      gateway?.orders.append(.bury(queue: queue, tag: tag, copy: item.copy, note))
    }
  }

  mutating func stored(_ queue: Int, _ tag: UInt64, isStored: Bool) {
    let isStored = isStored || bug == .takeRefusedParkForStored
    let step = gateway?.consumer?.queues[queue].copies.stored(tag, isStored: isStored, now: clock.monotonic)
    if step == .ack { ack(tag, queue) }
  }

  mutating func written(_ queue: Int, _ tag: UInt64, isConfirmed: Bool) {
    let step = gateway?.consumer?.queues[queue].copies.written(tag, isConfirmed: isConfirmed, now: clock.monotonic)
    guard let step else { return }
    take(step, tag, queue)
  }

  private mutating func ack(_ tag: UInt64, _ queue: Int) {
    gateway?.consumer?.queues[queue].held[tag] = nil
    guard let tag = ConsumerTag(tag) else { return }
    _ = gateway?.consumer?.queues[queue].ledger.settled(tag.deliveryTag)
  }

  /// The acks of a turn go out together.
  private mutating func acknowledge() {
    guard gateway?.consumer?.isLinked == true else { return }
    for queue in 0..<SimulatedGateway.queues where gateway?.consumer?.queues[queue].ledger.hasSettled == true {
      var acks: [DeliveryTagLedger.Ack] = []
      gateway?.consumer?.queues[queue].ledger.takeAcks(into: &acks)
      guard gateway?.consumer?.queues[queue].isOpen == true else { continue }
      for ack in acks {
        if ack.isMultiple { sightings.note(.ackedManyDeliveries) }
        let sent = bug == .ackTooFar ? DeliveryTagLedger.Ack(tag: ack.tag, isMultiple: true) : ack
        broker.consuming?.commands.append(.ack(queue: queue, sent))
      }
    }
  }

  // MARK: The link

  private mutating func connectConsumer(isFaulty: Bool) {
    let now = clock.monotonic
    guard broker.works else {
      guard !broker.isRunning || random.chance(6) else { return }
      let action = gateway?.consumer?.reconnect.attemptFailed(now: now)
      gateway?.consumer?.isConnecting = action == .attempt
      return
    }
    guard !isFaulty || random.chance(2) else { return }
    gateway?.consumer?.isConnecting = false
    gateway?.consumer?.isLinked = true
    gateway?.consumer?.reconnect.linkOpened()
    broker.consuming = SimulatedBroker.ConsumingLink()
    for queue in 0..<SimulatedGateway.queues { perform(queue) { $0.linkOpened(now: $1) } }
  }

  /// The link is gone: what it had given out, the broker gives again.
  mutating func loseConsumingLink() {
    guard gateway?.consumer?.isLinked == true else { return }
    readEvents(Int(random.next(4)))
    trace.note("consumer lost")
    endConsumingLink()
    gateway?.consumer?.isLinked = false
    for queue in 0..<SimulatedGateway.queues {
      channelLost(queue)
      gateway?.consumer?.queues[queue].isPreparing = false
      gateway?.consumer?.queues[queue].machine.linkLost()
    }
    let action = gateway?.consumer?.reconnect.linkLost(now: clock.monotonic)
    if gateway?.isDraining == false { gateway?.consumer?.isConnecting = action == .attempt }
  }

  /// The broker's side of it: what the worker had and did not ack may come twice, and nothing else.
  mutating func endConsumingLink() {
    for message in broker.endConsuming() { comesAgain(message) }
  }

  mutating func comesAgain(_ message: SimulatedBroker.Message) {
    guard message.note == nil else { return }
    let taken = message.items.count { ledger[$0.copy].taken > 0 }
    if taken > 0, taken < message.items.count { sightings.note(.packCutShort) }
    for item in message.items { ledger.excuse(item.copy) }
  }

  private mutating func channelLost(_ queue: Int) {
    gateway?.consumer?.queues[queue].isOpen = false
    gateway?.consumer?.queues[queue].ledger = DeliveryTagLedger()
    gateway?.consumer?.queues[queue].copies.channelLost()
    gateway?.consumer?.queues[queue].held = [:]
    gateway?.consumer?.queues[queue].packs = FIFO()
  }
}
