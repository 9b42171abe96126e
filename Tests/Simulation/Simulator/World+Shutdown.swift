import Core

/// SIGTERM, step by step as ``ShutdownMachine`` says. Any wait may be cut short, as by the end of the grace or by a second
/// signal.
extension World {
  /// SIGTERM: load balancers get time to leave, then nothing new is taken.
  mutating func terminate() {
    sightings.note(.terminated)
    trace.note("term", lives)
    gateway?.shutdown.terminated()
  }

  /// Goes on with a shutdown.
  mutating func drain() {
    guard let step = gateway?.shutdown.step, step != .running else { return }
    let isOver = random.chance(12)
    switch step {
    case .running, .ended: break
    case .leaving: if isOver { beginFinishing() }
    case .finishing: endWorkers(isOver)
    case .givingBack: giveBackParked(isOver)
    case .confirming: endPublisher(isOver)
    case .acknowledging: if isOver || gateway?.consumer?.isBusy == false { ended(.acknowledging) }
    case .storing, .closing: exit()
    }
  }

  private mutating func ended(_ step: ShutdownMachine.Step) { gateway?.shutdown.ended(step) }

  /// Nothing new is taken, nothing more is sent, what is in flight gets its grace.
  private mutating func beginFinishing() {
    ended(.leaving)
    if gateway?.machine.inFlight ?? 0 > 0 { sightings.note(.terminatedWithCalls) }
    if var consumer = gateway?.consumer {
      consumer.isRetired = true
      for queue in consumer.queues.indices { consumer.queues[queue].copies.stopped() }
      gateway?.consumer = consumer
      for queue in consumer.queues.indices { perform(queue) { $0.stopped(now: $1) } }
    }
    perform(gateway?.machine.stopped() ?? [])
  }

  private mutating func endWorkers(_ isOver: Bool) {
    guard let gateway, gateway.machine.inFlight == 0 || isOver else { return }
    for held in gateway.held {
      sightings.note(.abandonedCall)
      sinks.abandon(held.ticket, life: gateway.life)
      for copy in (held.counted ?? []).union([held.copy]) { ledger.excuse(copy) }
      perform(self.gateway?.machine.abandoned(held.ticket) ?? [])
    }
    self.gateway?.isGivingBack = gateway.publisher != nil
    ended(.finishing)
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
    ended(.givingBack)
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
    ended(.confirming)
  }

  /// What the store still has to do it does before it closes, and the last answers leave.
  private mutating func exit() {
    for _ in 0..<2 {
      beginCommit()
      endCommit()
    }
    ended(.storing)
    answerClients()
    ended(.closing)
    trace.note("exit", lives)
    die()
  }
}
