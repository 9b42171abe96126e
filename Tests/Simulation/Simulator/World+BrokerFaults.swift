import Core

/// What befalls the broker and its links, and the broker's own work.
extension World {
  /// Turns in which a broker that is slow does nothing.
  static let slowness: UInt64 = 6

  mutating func injectBrokerFaults() {
    if profile.brokerDies {
      if broker.isRunning, random.chance(110) { killBroker() }
      if !broker.isRunning, random.chance(25) { broker.isRunning = true }
    }
    if profile.brokerFreezes {
      if random.chance(broker.isFrozen ? 20 : 90) { broker.isFrozen.toggle() }
      // Heartbeats are missed.
      if broker.isFrozen, random.chance(25) { loseConsumingLink() }
    }
    if profile.brokerAlarms, broker.works, random.chance(broker.isBlocked ? 15 : 80) { changeAlarm() }
    if profile.linksBreak {
      if random.chance(60) { losePublishingLink() }
      if random.chance(60) { loseConsumingLink() }
      if broker.works, random.chance(80) {
        for message in broker.close(Int(random.next(UInt64(SimulatedGateway.queues))), code: 541) {
          comesAgain(message)
        }
      }
    }
    if profile.brokerRefuses {
      if random.chance(broker.isFull ? 15 : 60) { broker.isFull.toggle() }
      if random.chance(broker.hasDeadQueues ? 60 : 10) { broker.hasDeadQueues.toggle() }
      if broker.works, random.chance(40), broker.delete(Int(random.next(UInt64(SimulatedGateway.queues)))) {
        sightings.note(.queueDeleted)
      }
      // Somebody declares what is missing.
      if random.chance(20) { for queue in broker.queues.indices { broker.queues[queue].exists = true } }
    }
    if profile.otherWorker, random.chance(40) { broker.isLockedByOther.toggle() }
  }

  mutating func endBrokerFaults() {
    broker.isRunning = true
    broker.isFrozen = false
    if broker.isBlocked { changeAlarm() }
    broker.isFull = false
    broker.isLockedByOther = false
    broker.hasDeadQueues = true
    for queue in broker.queues.indices { broker.queues[queue].exists = true }
  }

  private mutating func changeAlarm() {
    broker.isBlocked.toggle()
    broker.publishing?.answers.append(broker.isBlocked ? .blocked : .unblocked)
  }

  private mutating func killBroker() {
    sightings.note(.brokerKilled)
    trace.note("broker killed")
    broker.isRunning = false
    broker.isFrozen = false
    broker.isBlocked = false
    for message in broker.endConsuming() { comesAgain(message) }
    let lost = broker.loseVolatile(&random)
    if !lost.isEmpty { sightings.note(.brokerLostUnconfirmed) }
    for serial in lost { broker.publishing?.unheard[serial] = nil }
    losePublishingLink()
    loseConsumingLink()
    checkWhereabouts()
  }

  /// The broker's own turn.
  mutating func turnBroker(isFaulty: Bool) {
    guard broker.works else { return }
    let isSlow = isFaulty && profile.brokerIsSlow && !random.chance(Self.slowness)
    if !broker.isBlocked, !isSlow {
      broker.take(isFaulty ? Int(random.next(8)) : .max, &random, refuses: isFaulty && profile.brokerRefuses)
      for _ in 0..<(isFaulty ? Int(random.next(5)) : 16) { broker.answer(&random) }
    }
    for _ in 0..<(isFaulty ? Int(random.next(6)) : 64) {
      for message in broker.obey() { comesAgain(message) }
    }
    if !isFaulty || random.chance(2) { broker.deliver(&givenOut) }
  }

  // MARK: Where copies are

  /// Copies that would be there after a power failure.
  var whereabouts: Set<Int> {
    var copies = Set(disk.rows.map(\.copy))
    copies.formUnion(disk.dead.map(\.copy))
    copies.formUnion(disk.quarantined)
    broker.durableCopies(into: &copies)
    return copies
  }

  mutating func checkWhereabouts() {
    ledger.checkAll(whereabouts)
  }
}
