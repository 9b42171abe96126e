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
    if profile.terminations, random.chance(150), gateway?.shutdown.step == .running { terminate() }
    if profile.changes, random.chance(200), gateway != nil { changeSomething() }
    if profile.hasBroker { injectBrokerFaults() }
  }

  mutating func endFaults() {
    sinks.isDown = false
    disk.isFull = false
    disk.failuresLeft = 0
    if profile.hasBroker { endBrokerFaults() }
  }

  mutating func start() {
    lives += 1
    trace.note("start", lives)
    if bug != .leaveAsleepAtStart { disk.wakeSleepers(profile.isOrdered) }
    gateway = SimulatedGateway(
      life: lives, fallback: profile.hasBroker ? profile.fallback : nil, packs: profile.packs, now: clock.monotonic)
    if bug == .forgetParkedAtStart, lives > 1 { disk.forgetParked() }
    if bug == .forgetGivenOut { gateway?.given = lastGiven }
    attempt(gateway?.publisher?.reconnect.started(now: clock.monotonic))
    if gateway?.consumer?.reconnect.started(now: clock.monotonic) == .attempt { gateway?.consumer?.isConnecting = true }
    perform(gateway?.machine.started(queues: Array(0..<SimulatedGateway.queues)) ?? [])
    checkWhereabouts()
  }

  /// SIGKILL, or the power: a commit under way is there whole or not at all.
  private mutating func crash() {
    guard let gateway else { return }
    sightings.note(.crashed)
    if !gateway.requests.isEmpty { sightings.note(.crashedBeforeCommit) }
    if gateway.answers.contains(where: \.isStored) { sightings.note(.crashedBeforeAnswer) }
    if !gateway.settlements.isEmpty { sightings.note(.crashedBetweenSettleAndCommit) }
    if gateway.isDraining { sightings.note(.crashedInShutdown) }
    if let commit = gateway.committing?.commit {
      sightings.note(.crashedInCommit)
      if bug == .readTornCommit {
        disk.tear(commit)
      } else if random.chance(2) {
        sightings.note(.commitOutlivedCrash)
        disk.apply(commit, bug: bug)
        // Late copies that the broker may have as well.
        for case .hold(_, let copy) in gateway.committing?.orders ?? [] { ledger.excuse(copy) }
      }
    }
    if bug == .parkInMemory { disk.forgetParked() }
    die()
  }

  /// The process is gone: its calls go on, what its links had taken stays taken, and what no commit knows of comes again.
  mutating func die() {
    guard let gateway else { return }
    let orphans = sinks.calls.filter { $0.life == gateway.life && !$0.isAbandoned }
    for call in orphans { excuse(call) }
    excuseCounted(gateway)
    for copy in gateway.uncommitted { ledger.excuse(copy) }
    endPublishingLink()
    endConsumingLink()
    ledger.forgetUncounted(disk)
    sinks.callerDied()
    lastGiven = gateway.given
    self.gateway = nil
    trace.note("gone", lives, orphans.count)
    checkWhereabouts()
  }

  private mutating func changeSomething() {
    if random.chance(2) {
      sightings.note(.credentialsChanged)
      let lane = LaneID(scope: pairScope(0), name: "p\(random.next(3))")
      perform(gateway?.machine.credentialsChanged(of: lane, now: clock.moment) ?? [])
    } else {
      sightings.note(.settingsChanged)
      let retry = RetryPolicy(
        maxAttempts: SimulatedGateway.maxAttempts, backoff: Backoff(delay: 500, maxDelay: 8000))
      perform(
        gateway?.machine.settingsChanged(retry: retry, limits: SimulatedGateway.limits, now: clock.moment) ?? [])
    }
  }
}
