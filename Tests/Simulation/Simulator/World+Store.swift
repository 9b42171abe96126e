import Core

/// The store thread: it gathers, commits, answers, and gives copies out.
extension World {
  mutating func beginCommit() {
    guard var gateway, gateway.committing == nil else { return }
    var commit = SimulatedDisk.Commit(
      settlements: gateway.settlements, releases: gateway.releases, wakes: gateway.wakes)
    for request in gateway.requests {
      for copy in request.copies { commit.inserts.append(makeRow(copy)) }
    }
    var rows: [SimulatedDisk.Row] = []
    for order in gateway.orders {
      switch order {
      case .spool(let copy, _), .shelve(_, let copy), .hold(_, let copy): rows.append(makeRow(copy))
      case .park(_, _, let item, let parking):
        var row = makeRow(item.copy)
        (row.digest, row.checksum) = (item.digest, item.digest)
        (row.attempt, row.dueAt, row.lane, row.isForeign) = (parking.attempt, parking.dueAt, parking.lane, true)
        rows.append(row)
      case .bury(_, _, let copy, let note):
        rows.append(makeRow(copy))
        commit.burials.append((copy, note))
        continue
      }
      commit.inserts.append(rows[rows.count - 1])
    }
    guard !commit.isEmpty else { return }
    gateway.committing = SimulatedGateway.Committing(
      requests: gateway.requests, orders: gateway.orders, rows: rows, commit: commit)
    gateway.requests = []
    gateway.orders = []
    gateway.settlements = []
    gateway.releases = []
    gateway.wakes = []
    self.gateway = gateway
  }

  private mutating func makeRow(_ copy: Int) -> SimulatedDisk.Row {
    lastSequence += 1
    ledger.stored(copy, row: lastSequence)
    let known = ledger[copy].copy
    return SimulatedDisk.Row(
      sequence: lastSequence, copy: copy, queue: known.queue, digest: known.digest, checksum: known.digest)
  }

  mutating func endCommit() {
    guard let begun = gateway?.committing else { return }
    var commit = begun.commit
    gateway?.committing = nil
    let coin = random.chance(2)
    var isStored = true
    var ending = disk.sync(commit, coin: coin, bug: bug)
    if ending == .full {
      sightings.note(.diskFull)
      // What room there is belongs to the settlements.
      if !commit.settlements.isEmpty { sightings.note(.settledOnFullDisk) }
      isStored = false
      commit.inserts = []
      commit.burials = []
      ending = disk.sync(commit, coin: coin, bug: bug)
    }
    trace.note("commit", ending == .done ? 1 : 0, commit.inserts.count)
    if ending == .done {
      commitSucceeded(commit)
    } else {
      commitFailed(commit, isDurable: coin)
      isStored = isStored && bug == .retrySyncAsSuccess
    }
    for request in begun.requests { gateway?.answers.append((request, isStored)) }
    for (order, row) in zip(begun.orders, begun.rows) { concluded(order, row, isStored: isStored) }
  }

  /// The store tells whoever gave an order.
  private mutating func concluded(_ order: SimulatedGateway.Order, _ row: SimulatedDisk.Row, isStored: Bool) {
    switch order {
    case .spool(_, let request): copyAnswered(request, isStored: isStored)
    case .shelve(let ticket, _): shelved(ticket, isStored: isStored)
    case .hold(let ticket, _): held(ticket, row, isStored: isStored)
    case .park(let queue, let tag, _, _), .bury(let queue, let tag, _, _): stored(queue, tag, isStored: isStored)
    }
  }

  private mutating func held(_ ticket: UInt64, _ row: SimulatedDisk.Row, isStored: Bool) {
    guard var publisher = gateway?.publisher, let item = publisher.items[ticket],
      case .intake(let request, _) = item.content
    else { return ledger.report("ticket \(ticket) was held that is unknown") }
    if isStored {
      gateway?.given[row.sequence] = .broker
      publisher.items[ticket]?.held = row
      publisher.items[ticket]?.isAnswered = true
      publisher.machine.heldStored(ticket, &publisher.actions)
    } else {
      sightings.note(.holdFailed)
      publisher.items[ticket] = nil
      publisher.machine.heldFailed(ticket)
    }
    gateway?.publisher = publisher
    if !item.isAnswered { copyAnswered(request, isStored: isStored) }
    performPublishing()
  }

  private mutating func commitFailed(_ commit: SimulatedDisk.Commit, isDurable: Bool) {
    sightings.note(.commitFailed)
    if isDurable {
      sightings.note(.failedCommitWasDurable)
      // Nobody knows of these rows, and the broker may have their copies too.
      if gateway?.publisher != nil { for row in commit.inserts { ledger.excuse(row.copy) } }
    }
    guard bug != .dropSettlementOfFailedCommit else { return }
    gateway?.settlements.insert(contentsOf: commit.settlements, at: 0)
    gateway?.releases.insert(contentsOf: commit.releases, at: 0)
    gateway?.wakes.insert(contentsOf: commit.wakes, at: 0)
  }

  private mutating func commitSucceeded(_ commit: SimulatedDisk.Commit) {
    for (row, verdict) in commit.settlements {
      let holder = gateway?.given.removeValue(forKey: row.sequence)
      switch verdict {
      case .settled(.returned): sightings.note(.returned)
      case .givenBack where holder == .publisher: gateway?.republishAt[row.queue] = clock.monotonic + 1000
      default: break
      }
    }
    if !commit.releases.isEmpty { sightings.note(.released) }
    for wake in commit.wakes {
      sightings.note(.woken)
      let (rows, hasMore) = disk.wake(wake, now: clock.unix, bug: bug)
      perform(
        gateway?.machine.woken(wake.lane, rows: rows, hasMore: hasMore, now: clock.moment) ?? [])
    }
  }

  // MARK: Giving out

  mutating func feedConsumers() {
    guard let gateway else { return }
    for queue in 0..<SimulatedGateway.queues {
      if !gateway.isDraining { feedWorker(queue) }
      if gateway.publisher?.hasEnded == false { feedPublisher(queue) }
    }
  }

  private func isFree(_ row: SimulatedDisk.Row, _ holder: SimulatedGateway.Holder) -> Bool {
    guard let other = gateway?.given[row.sequence] else { return true }
    return bug == .twoOwners && other != holder && other != .broker
  }

  private mutating func feedWorker(_ queue: Int) {
    guard let gateway else { return }
    let credit = gateway.credit(of: queue, disk: disk)
    guard credit > 0 else { return }
    let isOwner = gateway.spoolOwner == .workers || bug == .twoOwners
    let ready = disk.rows.filter {
      $0.queue == queue && $0.dueAt ?? 0 <= clock.unix && ($0.dueAt != nil || isOwner) && isFree($0, .worker)
    }
    let due = ready.filter { $0.dueAt != nil }.sorted { ($0.dueAt ?? 0, $0.sequence) < ($1.dueAt ?? 0, $1.sequence) }
    let new = ready.filter { $0.dueAt == nil }
    let rows = Array((profile.isOrdered ? merged(due, new) : due + new).prefix(credit))
    giveOut(intact(rows), of: queue)
  }

  /// New copies that are older than the next that is due go before it.
  private func merged(_ due: [SimulatedDisk.Row], _ new: [SimulatedDisk.Row]) -> [SimulatedDisk.Row] {
    var new = new[...]
    var merged: [SimulatedDisk.Row] = []
    for row in due {
      let older = new.prefix { $0.sequence < row.sequence }
      merged += older + [row]
      new = new.dropFirst(older.count)
    }
    return merged + new
  }

  /// Oldest first, parked ones too where they are given back.
  private mutating func feedPublisher(_ queue: Int) {
    guard let gateway, gateway.spoolOwner == .republisher, gateway.republishAt[queue] <= clock.monotonic else { return }
    let credit = SimulatedPublisher.republishWindow - gateway.given.values.count { $0 == .publisher }
    guard credit > 0 else { return }
    let rows = disk.rows.filter {
      $0.queue == queue && ($0.dueAt == nil || gateway.isGivingBack) && isFree($0, .publisher)
    }
    for row in intact(Array(rows.prefix(min(credit, 3)))) {
      if row.dueAt != nil { sightings.note(.parkedGivenBack) }
      self.gateway?.given[row.sequence] = .publisher
      submit(row.copy, .spooled(row))
    }
  }

  /// Damaged rows go to the quarantine.
  private mutating func intact(_ rows: [SimulatedDisk.Row]) -> [SimulatedDisk.Row] {
    guard bug != .skipChecksum else { return rows }
    for row in rows where !row.isIntact {
      disk.quarantine(row.sequence)
      sightings.note(.quarantined)
    }
    return rows.filter(\.isIntact)
  }

  private mutating func giveOut(_ rows: [SimulatedDisk.Row], of queue: Int) {
    var copies: [HeldCopy] = []
    for row in rows {
      guard var gateway else { return }
      gateway.lastTicket += 1
      gateway.given[row.sequence] = .worker
      let held = SimulatedGateway.Held(
        ticket: gateway.lastTicket, copy: row.copy, queue: queue, digest: row.digest, attempt: row.attempt,
        origin: .store(row))
      self.gateway = gateway
      if let copy = take(held, lane: row.dueAt == nil ? nil : row.lane) { copies.append(copy) }
    }
    releaseGroups()
    if !copies.isEmpty { perform(gateway?.machine.delivered(copies, now: clock.moment) ?? []) }
  }
}
