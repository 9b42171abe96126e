import Core

/// SIGTERM, step by step as the product ends: workers, parked copies, publisher, consumer, store. Any wait may be cut short,
/// as by the end of the grace or by a second signal.
extension World {
  /// SIGTERM: nothing new is taken, nothing more is sent, what is in flight gets its grace.
  mutating func terminate() {
    sightings.note(.terminated)
    if gateway?.machine.inFlight ?? 0 > 0 { sightings.note(.terminatedWithCalls) }
    gateway?.phase = .workers
    trace.note("term", lives)
    if var consumer = gateway?.consumer {
      consumer.isRetired = true
      for queue in consumer.queues.indices { consumer.queues[queue].copies.stopped() }
      gateway?.consumer = consumer
      for queue in consumer.queues.indices { perform(queue) { $0.stopped(now: $1) } }
    }
    perform(gateway?.machine.stopped() ?? [])
  }

  /// Goes on with a shutdown.
  mutating func drain() {
    let isOver = random.chance(12)
    switch gateway?.phase {
    case nil, .running: break
    case .workers: endWorkers(isOver)
    case .givingBack: giveBackParked(isOver)
    case .publisher: endPublisher(isOver)
    case .consumer: if isOver || gateway?.consumer?.isBusy == false { exit() }
    case .gone: exit()
    }
  }

  private mutating func endWorkers(_ isOver: Bool) {
    guard let gateway, gateway.machine.inFlight == 0 || isOver else { return }
    for held in gateway.held {
      sightings.note(.abandonedCall)
      sinks.abandon(held.ticket, life: gateway.life)
      ledger.excuse(held.copy)
      perform(self.gateway?.machine.abandoned(held.ticket) ?? [])
    }
    self.gateway?.isGivingBack = gateway.publisher != nil
    self.gateway?.phase = gateway.publisher == nil ? .gone : .givingBack
  }

  private mutating func giveBackParked(_ isOver: Bool) {
    let isConnected = gateway?.publisher?.machine.condition == .connected
    let isEmpty = !disk.rows.contains { $0.dueAt != nil }
    guard isOver || isEmpty || !isConnected, var publisher = gateway?.publisher else { return }
    gateway?.isGivingBack = false
    assign(publisher.ownership.stopped())
    publisher.machine.stopped(&publisher.actions)
    publisher.isConnecting = false
    gateway?.publisher = publisher
    gateway?.phase = .publisher
    performPublishing()
  }

  private mutating func endPublisher(_ isOver: Bool) {
    guard let publisher = gateway?.publisher else { return }
    if publisher.isLinked {
      guard isOver || publisher.machine.isQuiet else { return }
      if !publisher.machine.isQuiet { sightings.note(.endedWithUnconfirmed) }
      losePublishingLink()
    }
    guard gateway?.publisher?.items.isEmpty == true else { return }
    gateway?.publisher?.hasEnded = true
    gateway?.phase = .consumer
  }

  /// What the store still has to do it does before it closes.
  private mutating func exit() {
    for _ in 0..<2 {
      beginCommit()
      endCommit()
    }
    answerClients()
    trace.note("exit", lives)
    die()
  }
}
