import Core

/// The publisher's thread: it hands in what comes, does what its machine says, and tells it what the link brings.
extension World {
  /// A request that was read: one ticket a copy.
  mutating func publish(_ request: SimulatedGateway.Request) {
    guard var gateway, gateway.publisher != nil else { return }
    gateway.lastRequest += 1
    let number = gateway.lastRequest
    gateway.pending[number] = (request, request.copies.count, true)
    self.gateway = gateway
    let deadline = clock.monotonic + SimulatedPublisher.confirmTimeout
    for copy in request.copies {
      submit(copy, .intake(request: number, deadline: deadline))
      if bug == .answerAtPublish { copyAnswered(number, isStored: true) }
    }
  }

  mutating func submit(_ copy: Int, _ content: SimulatedPublisher.Content) {
    guard let ticket = gateway?.publisher?.insert(SimulatedPublisher.Item(copy: copy, content: content)) else { return }
    submit(ticket)
  }

  /// Hands a copy to the machine, for the first time or once more.
  private mutating func submit(_ ticket: UInt64) {
    guard var publisher = gateway?.publisher, let item = publisher.items[ticket] else { return }
    let (copy, content) = (item.copy, item.content)
    let kind: PublisherCopy =
      switch content {
      case .intake(_, let deadline): .intake(deadline: bug == .intakeWaitsForBroker ? .max : deadline)
      case .spooled: .spooled
      case .letter: .letter
      }
    publisher.machine.submitted(
      ticket, bytes: 300, lane: kind == .letter ? nil : ledger[copy].copy.queue, kind, now: clock.monotonic,
      &publisher.actions)
    gateway?.publisher = publisher
    performPublishing()
  }

  /// A dead letter on its way to the broker; its owner is told what came of it.
  mutating func sendLetter(_ copy: Int, _ origin: SimulatedPublisher.LetterOrigin, _ note: DeathNote) {
    guard gateway?.publisher?.hasEnded == false, gateway?.publisher?.machine.condition == .connected else {
      return letterEnded(origin, note, isConfirmed: false)
    }
    submit(copy, .letter(origin, note))
  }

  /// Does what the machine has decided.
  mutating func performPublishing() {
    while let actions = gateway?.publisher?.actions, !actions.isEmpty {
      gateway?.publisher?.actions = []
      for action in actions { perform(action) }
    }
  }

  private mutating func perform(_ action: PublisherAction) {
    switch action {
    case .publish(let ticket, let tag): send(ticket, tag)
    case .probe:
      sightings.note(.linkProbed)
      let probe = SimulatedBroker.Message(
        serial: broker.nextSerial(), items: [SimulatedBroker.Item(copy: -1, digest: 0, attempt: 0)])
      broker.publishing?.sent.append((SimulatedBroker.nowhere, probe))
    case .confirmed(let ticket): confirmed(ticket)
    case .spool(let ticket):
      guard let item = gateway?.publisher?.items.removeValue(forKey: ticket),
        case .intake(let request, _) = item.content
      else { return ledger.report("ticket \(ticket) was spooled and is no intake copy") }
      trace.note("spool", item.copy)
      if item.isFollower {
        sightings.note(.packSpooled)
        if bug == .spoolFirstOfPack { return copyAnswered(request, isStored: true) }
      }
      if bug == .forgetUnconfirmedAtExit, gateway?.isDraining == true {
        return copyAnswered(request, isStored: true)
      }
      gateway?.orders.append(.spool(copy: item.copy, request: request))
    case .shelve(let ticket):
      guard let item = gateway?.publisher?.items[ticket], case .intake(let request, _) = item.content else {
        return ledger.report("ticket \(ticket) was shelved and is no intake copy")
      }
      sightings.note(.shelved)
      trace.note("shelve", item.copy)
      gateway?.publisher?.items[ticket]?.isSpooling = true
      gateway?.orders.append(.shelve(ticket: ticket, copy: item.copy))
      if bug == .answerAtShelving { copyAnswered(request, isStored: true) }
    case .spoolHeld(let ticket):
      guard let item = gateway?.publisher?.items[ticket] else {
        return ledger.report("ticket \(ticket) was held and is unknown")
      }
      trace.note("hold", item.copy)
      gateway?.publisher?.items[ticket]?.isSpooling = true
      gateway?.orders.append(.hold(ticket: ticket, copy: item.copy))
    case .lateConfirmed(let ticket):
      let isFollower = gateway?.publisher?.items[ticket]?.isFollower == true
      if isFollower { sightings.note(.packLateConfirmed) }
      settleHeld(
        ticket, isConfirmed: bug != .ignoreLateConfirm && !(isFollower && bug == .deleteFirstOfLatePack))
    case .lateReleased(let ticket): settleHeld(ticket, isConfirmed: bug == .forgetHeld)
    case .giveBack(let ticket):
      guard let item = gateway?.publisher?.items.removeValue(forKey: ticket), case .spooled(let row) = item.content
      else { return ledger.report("ticket \(ticket) was given back and is no spooled copy") }
      sightings.note(.givenBack)
      if item.isFollower { sightings.note(.packGivenBack) }
      gateway?.settlements.append((row, .givenBack))
    case .failed(let ticket):
      guard let item = gateway?.publisher?.items.removeValue(forKey: ticket),
        case .letter(let origin, let note) = item.content
      else { return ledger.report("ticket \(ticket) failed and is no letter") }
      sightings.note(.letterFailed)
      letterEnded(origin, note, isConfirmed: false)
    case .cut:
      sightings.note(.linkCut)
      gateway?.publisher?.isCut = true
    case .report(.condition(let condition)): conditionChanged(condition)
    case .report(.oddConfirm): ledger.report("a confirm of the broker was taken for an odd one")
    }
  }

  /// A copy goes to the link, in a message of its own or in that of the copy before it.
  private mutating func send(_ ticket: UInt64, _ tag: UInt64) {
    guard let item = gateway?.publisher?.items[ticket], broker.publishing != nil else {
      return ledger.report("ticket \(ticket) was published without a link, or after its end")
    }
    let known = ledger[item.copy].copy
    var published = SimulatedBroker.Item(copy: item.copy, digest: known.digest, attempt: 0)
    var note: DeathNote?
    switch item.content {
    case .intake: break
    case .spooled(let row):
      published = SimulatedBroker.Item(copy: item.copy, digest: row.digest, attempt: row.attempt)
      if bug == .deleteAtPublish { gateway?.settlements.append((row, .republished)) }
    case .letter(_, let its): note = its
    }
    if tag == gateway?.publisher?.lastTag, let last = broker.publishing?.sent.indices.last {
      sightings.note(.copiesPacked)
      gateway?.publisher?.items[ticket]?.isFollower = true
      if broker.publishing?.sent[last].queue != known.queue { ledger.report("a pack has copies of two queues") }
      broker.publishing?.sent[last].message.items.append(published)
      return trace.note("packed", item.copy)
    }
    gateway?.publisher?.lastTag = tag
    let message = SimulatedBroker.Message(serial: broker.nextSerial(), items: [published], note: note)
    trace.note("publish", item.copy, message.serial)
    broker.publishing?.sent.append((known.queue, message))
    if broker.publishing.map({ $0.sent.count + $0.open.count }) == 12 { sightings.note(.windowFull) }
  }

  private mutating func confirmed(_ ticket: UInt64) {
    guard let item = gateway?.publisher?.items[ticket] else {
      return ledger.report("ticket \(ticket) was confirmed and is unknown")
    }
    trace.note("confirmed", item.copy)
    switch item.content {
    case .intake(let request, _):
      if item.isAnswered { return ledger.report("copy \(item.copy) was answered twice") }
      copyAnswered(request, isStored: true)
      if item.isSpooling {
        sightings.note(.confirmedBeforeHeld)
        gateway?.publisher?.items[ticket]?.isAnswered = true
      } else {
        gateway?.publisher?.items[ticket] = nil
      }
    case .spooled(let row):
      sightings.note(.republished)
      gateway?.publisher?.items[ticket] = nil
      gateway?.settlements.append((row, .republished))
    case .letter(let origin, let note):
      sightings.note(.letterConfirmed)
      gateway?.publisher?.items[ticket] = nil
      letterEnded(origin, note, isConfirmed: true)
    }
  }

  /// The spool's row of a late copy goes, or is a spooled copy like others from now on.
  private mutating func settleHeld(_ ticket: UInt64, isConfirmed: Bool) {
    guard let row = gateway?.publisher?.items.removeValue(forKey: ticket)?.held else {
      return ledger.report("ticket \(ticket) is not held")
    }
    sightings.note(isConfirmed ? .lateConfirmed : .lateReleased)
    trace.note("late", row.copy, isConfirmed ? 1 : 0)
    gateway?.settlements.append((row, isConfirmed ? .republished : .givenBack))
  }

  /// The spool has a copy that the broker could have had, or could not take it.
  mutating func shelved(_ ticket: UInt64, isStored: Bool) {
    guard let item = gateway?.publisher?.items[ticket], case .intake(let request, _) = item.content else {
      return ledger.report("ticket \(ticket) was shelved that is unknown")
    }
    if isStored || bug == .takeRefusedShelfForStored {
      gateway?.publisher?.items[ticket] = nil
      return copyAnswered(request, isStored: true)
    }
    sightings.note(.shelfFailed)
    gateway?.publisher?.items[ticket] = SimulatedPublisher.Item(
      copy: item.copy,
      content: .intake(request: request, deadline: clock.monotonic + SimulatedPublisher.confirmTimeout))
    gateway?.publisher?.machine.shelfFailed(now: clock.monotonic)
    submit(ticket)
  }

  /// One copy of a request is safe, or cannot be made so.
  mutating func copyAnswered(_ number: Int, isStored: Bool) {
    guard var pending = gateway?.pending[number] else { return }
    pending.left -= 1
    if !isStored { pending.isStored = false }
    gateway?.pending[number] = pending.left > 0 ? pending : nil
    if pending.left == 0 { gateway?.answers.append((pending.request, pending.isStored)) }
  }

  private mutating func letterEnded(_ origin: SimulatedPublisher.LetterOrigin, _ note: DeathNote, isConfirmed: Bool) {
    switch origin {
    case .consumer(let queue, let tag): written(queue, tag, isConfirmed: isConfirmed)
    case .store(let row):
      gateway?.settlements.append((row, isConfirmed ? .republished : .settled(.dead(note))))
    }
  }

  private mutating func conditionChanged(_ condition: BrokerCondition) {
    trace.note("condition", BrokerCondition.allCases.firstIndex(of: condition) ?? 0)
    switch condition {
    case .stalled: sightings.note(.stalled)
    case .blocked: sightings.note(.blocked)
    case .connected: sightings.note(.connected)
    case .away: sightings.note(.away)
    }
    if bug == .neverReassign, condition == .connected, lives > 1 { return }
    assign(gateway?.publisher?.ownership.conditionChanged(condition, now: clock.monotonic))
  }

  /// The store's thread hears of it when its turn comes.
  mutating func assign(_ owner: SpoolOwnership.Owner?) {
    guard let owner, let gateway else { return }
    if owner == .workers { sightings.note(.ownedByWorkers) }
    if owner == .republisher, gateway.given.values.contains(.worker) { sightings.note(.ownerChangedWithCopiesOut) }
    self.gateway?.spoolOwner = owner
  }
}
