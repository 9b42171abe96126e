import Core

/// The store thread: it gathers, commits, answers, and gives copies out.
extension World {
  mutating func beginCommit() {
    guard var gateway, gateway.committing == nil else { return }
    var commit = SimulatedDisk.Commit(settlements: gateway.settlements, releases: gateway.releases)
    for request in gateway.requests {
      for copy in request.copies {
        lastSequence += 1
        let known = ledger[copy].copy
        commit.inserts.append(
          SimulatedDisk.Row(
            sequence: lastSequence, copy: copy, queue: known.queue, digest: known.digest, checksum: known.digest))
      }
    }
    guard !commit.isEmpty else { return }
    gateway.committing = (gateway.requests, commit)
    gateway.requests = []
    gateway.settlements = []
    gateway.releases = []
    self.gateway = gateway
  }

  mutating func endCommit() {
    guard let (requests, begun) = gateway?.committing else { return }
    var commit = begun
    self.gateway?.committing = nil
    let coin = random.chance(2)
    var isStored = true
    var verdict = disk.sync(commit, coin: coin, bug: bug)
    if verdict == .full {
      sightings.note(.diskFull)
      // What room there is belongs to the settlements.
      if !commit.settlements.isEmpty { sightings.note(.settledOnFullDisk) }
      isStored = false
      commit.inserts = []
      verdict = disk.sync(commit, coin: coin, bug: bug)
    }
    trace.note("commit", verdict == .done ? 1 : 0, commit.inserts.count)
    if verdict == .done {
      commitSucceeded(commit)
    } else {
      sightings.note(.commitFailed)
      if coin { sightings.note(.failedCommitWasDurable) }
      isStored = isStored && bug == .retrySyncAsSuccess
      if bug != .dropSettlementOfFailedCommit {
        self.gateway?.settlements.insert(contentsOf: commit.settlements, at: 0)
        self.gateway?.releases.insert(contentsOf: commit.releases, at: 0)
      }
    }
    for request in requests { self.gateway?.answers.append((request, isStored)) }
  }

  private mutating func commitSucceeded(_ commit: SimulatedDisk.Commit) {
    for (row, settlement) in commit.settlements {
      gateway?.given.remove(row.sequence)
      if case .returned = settlement { sightings.note(.returned) }
    }
    if !commit.releases.isEmpty { sightings.note(.released) }
  }

  mutating func feedConsumers() {
    guard let gateway, !gateway.isDraining else { return }
    for queue in 0..<SimulatedGateway.queues {
      let credit = gateway.credit(of: queue, disk: disk)
      guard credit > 0 else { continue }
      let ready = disk.rows.filter {
        $0.queue == queue && !gateway.given.contains($0.sequence) && $0.dueAt ?? 0 <= clock.unix
      }
      let due = ready.filter { $0.dueAt != nil }.sorted { ($0.dueAt ?? 0, $0.sequence) < ($1.dueAt ?? 0, $1.sequence) }
      giveOut((due + ready.filter { $0.dueAt == nil }).prefix(credit), of: queue)
    }
  }

  private mutating func giveOut(_ rows: ArraySlice<SimulatedDisk.Row>, of queue: Int) {
    var copies: [HeldCopy] = []
    for row in rows {
      guard row.isIntact || bug == .skipChecksum else {
        disk.quarantine(row.sequence)
        sightings.note(.quarantined)
        continue
      }
      guard var gateway else { return }
      gateway.lastTicket += 1
      gateway.given.insert(row.sequence)
      gateway.held.append(SimulatedGateway.Held(ticket: gateway.lastTicket, row: row))
      let known = ledger[row.copy].copy
      copies.append(
        HeldCopy(
          ticket: gateway.lastTicket, queue: queue, messageID: known.messageID, attempt: row.attempt, lane: known.lane,
          kind: known.kind))
      self.gateway = gateway
    }
    if !copies.isEmpty { perform(gateway?.machine.delivered(copies, now: clock.moment) ?? []) }
  }
}
