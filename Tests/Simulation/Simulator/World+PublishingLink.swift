import Core

/// The publisher's link: how it comes, what it brings, and how it goes.
extension World {
  mutating func turnPublisher(isFaulty: Bool) {
    guard let publisher = gateway?.publisher, !publisher.hasEnded else { return }
    if publisher.isCut { losePublishingLink() }
    if publisher.isConnecting { connectPublisher(isFaulty: isFaulty) }
    readAnswers(isFaulty ? Int(random.next(6)) : .max)
    endPublisherTurn()
  }

  /// What was handed in since the last turn goes, many copies to a message where they are packed.
  private mutating func endPublisherTurn() {
    guard var publisher = gateway?.publisher, !publisher.hasEnded else { return }
    if publisher.machine.wantsSpoolReading(clock.monotonic) {
      let copies = disk.rows.count { $0.dueAt == nil }
      publisher.machine.spoolRead(
        SpoolBacklog.Reading(copies: copies, fill: 0, canWrite: true), now: clock.monotonic)
    }
    publisher.machine.turnEnded(now: clock.monotonic, &publisher.actions)
    gateway?.publisher = publisher
    performPublishing()
  }

  /// Time goes by for the publisher.
  mutating func passPublisherTime() {
    guard var publisher = gateway?.publisher, !publisher.hasEnded else { return }
    let now = clock.monotonic
    publisher.machine.timePassed(now: now, &publisher.actions)
    gateway?.publisher = publisher
    performPublishing()
    if let late = gateway?.publisher?.overdue(now) { ledger.report("copy \(late) waits beyond its deadline") }
    guard gateway?.shutdown.step ?? .running < .confirming else { return }
    attempt(gateway?.publisher?.reconnect.timePassed(now: now))
    assign(gateway?.publisher?.ownership.timePassed(now: now))
  }

  mutating func attempt(_ action: ReconnectMachine.Action?) {
    if action == .attempt { gateway?.publisher?.isConnecting = true }
  }

  private mutating func connectPublisher(isFaulty: Bool) {
    guard broker.works else {
      // A frozen broker is given up after a while.
      guard !broker.isRunning || random.chance(6) else { return }
      gateway?.publisher?.isConnecting = false
      return attempt(gateway?.publisher?.reconnect.attemptFailed(now: clock.monotonic))
    }
    guard !isFaulty || random.chance(2), var publisher = gateway?.publisher else { return }
    sightings.note(.linkOpened)
    trace.note("link")
    publisher.isConnecting = false
    publisher.isLinked = true
    publisher.isCut = false
    publisher.lastTag = 0
    broker.publishing = SimulatedBroker.PublishingLink()
    for queue in broker.queues.indices { broker.queues[queue].exists = true }
    publisher.reconnect.linkOpened()
    publisher.machine.linkOpened(now: clock.monotonic, &publisher.actions)
    gateway?.publisher = publisher
    performPublishing()
  }

  /// The client takes up to `count` answers off the link.
  mutating func readAnswers(_ count: Int) {
    for _ in 0..<count {
      guard broker.publishing?.answers.isEmpty == false, gateway?.publisher?.isLinked == true,
        let answer = broker.publishing?.answers.removeFirst()
      else { return }
      broker.publishing?.heard(answer)
      take(answer)
    }
  }

  private mutating func take(_ answer: SimulatedBroker.Answer) {
    let now = clock.monotonic
    guard var publisher = gateway?.publisher else { return }
    let wasStalled = publisher.machine.condition == .stalled
    switch answer {
    case .returned(let copy, let isLetter):
      sightings.note(.copyReturned)
      if bug != .returnAsSuccess { returned(copy, isLetter: isLetter, &publisher) }
    case .acked(let tag, let multiple):
      if multiple { sightings.note(.ackedMany) }
      let isMultiple = bug == .multipleAsSingle ? false : bug == .singleAsMultiple ? true : multiple
      publisher.machine.acked(tag: tag, multiple: isMultiple, now: now, &publisher.actions)
    case .nacked(let tag, let multiple):
      sightings.note(.nacked)
      if bug == .nackAsAck {
        publisher.machine.acked(tag: tag, multiple: multiple, now: now, &publisher.actions)
      } else {
        publisher.machine.nacked(tag: tag, multiple: multiple, now: now, &publisher.actions)
      }
    case .blocked: publisher.machine.blocked(now: now, &publisher.actions)
    case .unblocked:
      sightings.note(.unblocked)
      publisher.machine.unblocked(now: now, &publisher.actions)
    }
    if wasStalled, publisher.machine.condition == .connected { sightings.note(.stallRecovered) }
    gateway?.publisher = publisher
    performPublishing()
  }

  private mutating func returned(_ copy: Int, isLetter: Bool, _ publisher: inout SimulatedPublisher) {
    let items = publisher.items
    var unknown: UInt64?
    let known = ledger
    _ = publisher.machine.returned { ticket, isFirst in
      guard let item = items[ticket] else {
        unknown = ticket
        return false
      }
      guard item.isLetter == isLetter else { return false }
      return isFirst ? item.copy == copy : known[item.copy].copy.queue == known[copy].copy.queue
    }
    if let unknown { ledger.report("ticket \(unknown) has ended and was asked about") }
  }

  /// The link is gone; of what was on its way some is read by the broker, and of its answers some by the client.
  mutating func losePublishingLink() {
    guard gateway?.publisher?.isLinked == true else { return }
    readAnswers(Int(random.next(4)))
    endPublishingLink()
    guard var publisher = gateway?.publisher, publisher.isLinked else { return }
    if publisher.machine.ledger.outstanding > 0 { sightings.note(.lostWithOpenTags) }
    trace.note("link lost", publisher.machine.ledger.outstanding)
    publisher.isLinked = false
    publisher.isCut = false
    let now = clock.monotonic
    publisher.machine.linkLost(now: now, &publisher.actions)
    gateway?.publisher = publisher
    performPublishing()
    guard gateway?.shutdown.step != .confirming else { return }
    attempt(gateway?.publisher?.reconnect.linkLost(now: now))
  }

  /// The broker's side of it. What the client has not heard of may come twice, and nothing else.
  mutating func endPublishingLink() {
    guard broker.publishing != nil else { return }
    if broker.works, !broker.isBlocked { broker.take(Int(random.next(6)), &random, refuses: false) }
    for copy in (broker.publishing?.unheard.values).map({ $0.flatMap(\.self).sorted() }) ?? [] { ledger.excuse(copy) }
    // What it has taken it keeps from now on, or not.
    broker.publishing = nil
  }
}
