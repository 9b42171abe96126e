import Core

/// Crashes, signals, outages, disks that fail, and their end.
extension World {
  mutating func injectFaults() {
    if profile.outages, random.chance(70) { sinks.isDown.toggle() }
    if profile.fullDisks, random.chance(90) { disk.isFull.toggle() }
    if profile.failingDisks, random.chance(80) { disk.failuresLeft = 1 + Int(random.next(2)) }
    if profile.bitFlips, random.chance(150), !disk.rows.isEmpty {
      sightings.note(.bitFlipped)
      disk.flipBit(of: Int(random.next(UInt64(disk.rows.count))))
    }
    if profile.crashes, random.chance(120), gateway != nil { crash() }
    if profile.terminations, random.chance(150), gateway?.isDraining == false { terminate() }
    if profile.changes, random.chance(200), gateway != nil { changeSomething() }
  }

  mutating func endFaults() {
    sinks.isDown = false
    disk.isFull = false
    disk.failuresLeft = 0
  }

  mutating func start() {
    lives += 1
    trace.note("start", lives)
    gateway = SimulatedGateway(life: lives)
    if bug == .forgetParkedAtStart, lives > 1 { disk.forgetParked() }
    if bug == .forgetGivenOut { gateway?.given = lastGiven }
    perform(gateway?.machine.started(queues: Array(0..<SimulatedGateway.queues)) ?? [])
    ledger.checkAll(disk)
  }

  /// SIGKILL, or the power: a commit under way is there whole or not at all.
  private mutating func crash() {
    guard let gateway else { return }
    sightings.note(.crashed)
    if !gateway.requests.isEmpty { sightings.note(.crashedBeforeCommit) }
    if gateway.answers.contains(where: \.isStored) { sightings.note(.crashedBeforeAnswer) }
    if !gateway.settlements.isEmpty { sightings.note(.crashedBetweenSettleAndCommit) }
    ledger.excuseDuplicates(gateway.uncommittedDeliveries)
    if let (_, commit) = gateway.committing {
      sightings.note(.crashedInCommit)
      if bug == .readTornCommit {
        disk.tear(commit)
      } else if random.chance(2) {
        sightings.note(.commitOutlivedCrash)
        disk.apply(commit, bug: bug)
      }
    }
    if bug == .parkInMemory { disk.forgetParked() }
    die()
  }

  /// SIGTERM: nothing new is taken, nothing more is sent, what is in flight gets its grace.
  private mutating func terminate() {
    sightings.note(.terminated)
    if gateway?.machine.inFlight ?? 0 > 0 { sightings.note(.terminatedWithCalls) }
    gateway?.isDraining = true
    trace.note("term", lives)
    perform(gateway?.machine.stopped() ?? [])
  }

  /// Goes on with a shutdown; the grace may end at any time.
  mutating func drain() {
    guard let gateway, gateway.machine.inFlight == 0 || random.chance(12) else { return }
    for held in gateway.held {
      sightings.note(.abandonedCall)
      sinks.abandon(held.ticket, life: gateway.life)
      ledger.excuseDuplicates()
      perform(self.gateway?.machine.abandoned(held.ticket) ?? [])
    }
    endCommit()
    beginCommit()
    endCommit()
    answerClients()
    if let left = self.gateway?.uncommittedDeliveries { ledger.excuseDuplicates(left) }
    trace.note("exit", lives)
    die()
  }

  private mutating func die() {
    guard let gateway else { return }
    let orphans = sinks.calls.count { $0.life == gateway.life && !$0.isAbandoned }
    ledger.excuseDuplicates(orphans)
    ledger.forgetUncounted(disk)
    sinks.callerDied()
    lastGiven = gateway.given
    self.gateway = nil
    trace.note("gone", lives, orphans)
    ledger.checkAll(disk)
  }

  private mutating func changeSomething() {
    if random.chance(2) {
      sightings.note(.credentialsChanged)
      let lane = LaneID(scope: "pair", name: "p\(random.next(3))")
      perform(gateway?.machine.credentialsChanged(of: lane, now: clock.moment) ?? [])
    } else {
      sightings.note(.settingsChanged)
      let retry = RetryPolicy(
        maxAttempts: SimulatedGateway.maxAttempts, backoff: Backoff(delay: 500, maxDelay: 8000))
      perform(
        gateway?.machine.settingsChanged(retry: retry, maxInFlight: SimulatedGateway.maxInFlight, now: clock.moment)
          ?? [])
    }
  }
}
