import Core
import HTTPClient
import Platform

/// Doing what the machine says, and saying what was done.
extension WorkerLoop {
  /// Where copies wait whose sink is not configured.
  static let missingLane = "missing"
  /// Where an operator's replay puts a copy.
  static let replayedLane = ""
  /// Where a copy waits for what becomes of its like.
  static let twinLane = "(twin)"

  func perform(_ actions: [DeliveryAction], _ now: Moment) {
    for action in actions {
      switch action {
      case .send(let ticket): send([ticket])
      case .sendPacked(let tickets): send(tickets)
      case .settle(let ticket, let settlement):
        guard let item = items.removeValue(forKey: ticket) else { continue }
        settle(item, settlement, now)
        shareEnd(of: item, settlement)
        if settlement == .delivered {
          status.count(item.domain) { $0.delivered += 1 }
          line(.delivered, now) { courier.appendLine(for: item, failure: nil, to: &$0) }
        }
      case .consume(let queue, let probing): consume(queue, probing: probing)
      case .cancel(let queue): parts.queue.cancel(names[queue])
      case .release(let queue, let lane):
        // What was parked in this turn is to be found by the release.
        flush(queue)
        parts.queue.release(names[queue], lane: lane)
      case .wake(let lane, let queue, let limit): wake(lane, queue, limit)
      case .report(let report):
        let notice = WorkerNotices(locale: settings.locale).text(report, queues: names)
        say(notice.kind, notice.text, now)
        noteMachine(now)
      }
    }
    releaseGroups()
  }

  /// One call for all of `tickets`, whose outcome is the first one's.
  private func send(_ tickets: [UInt64]) {
    guard let ticket = tickets.first, let item = items[ticket] else { return }
    let riders = tickets.dropFirst().compactMap { items[$0] }
    client.start(courier.request(for: item, with: riders), token: ticket)
  }

  private func wake(_ lane: LaneID, _ queue: Int, _ limit: Int) {
    // What was parked in this turn sleeps there as well.
    flush(queue)
    let mailbox = parts.mailbox
    parts.queue.wake(names[queue], lane: lane.name, limit: limit) { rows, hasMore in
      mailbox.send(.woken(lane, rows: rows, hasMore: hasMore))
    }
  }

  private func consume(_ queue: Int, probing: Bool) {
    let mailbox = parts.mailbox
    let prefetch = max(1, settings.broker.prefetch)
    parts.queue.consume(
      names[queue], prefetch: probing ? min(prefetch, DeliveryMachine.handful) : prefetch,
      mode: probing ? .probing : consumeMode(queue)
    ) { deliveries in
      mailbox.send(.delivered(queue: queue, deliveries))
    }
  }

  /// Chats are consumed by one worker at a time, which groups the better the more copies it sees.
  private func consumeMode(_ queue: Int) -> ConsumeMode {
    guard parts.sink != .telegram else { return .open }
    return .sharing(least: max(Self.leastPrefetch, 2 * Self.maxInFlight(parts.sink, settings.domains[queue])))
  }

  /// Consumes the queues that have a sink and says how the others are provided for.
  func consumeServed() {
    let now = moment()
    let notices = WorkerNotices(locale: settings.locale)
    for queue in names.indices {
      let isServed = courier.isServed(domain: queue)
      let wasServed = served.contains(queue)
      let provision = courier.provision(domain: queue)
      if status.provide(queue, provision, at: now.unix) {
        let missing = isServed ? notices.partlyMissing(names[queue]) : notices.missing(names[queue])
        if provision == .missing { say(.warning, missing, now) }
        if provision == .console { say(.notice, notices.standIn(names[queue]), now) }
      }
      if isServed, !wasServed {
        served.insert(queue)
        perform(machine.started(queues: [queue]), now)
      } else if !isServed, wasServed {
        served.remove(queue)
        parts.queue.cancel(names[queue])
      }
    }
  }

  func update(_ new: Settings, _ now: Moment) {
    settings.retry = new.retry
    settings.limits = new.limits
    settings.worker = new.worker
    grouping.limited(maxCounted: Self.maxCounted(settings), now: now.unix)
    settings.broker.prefetch = new.broker.prefetch
    courier.update(new)
    consumeServed()
    for queue in names.indices { parts.queue.release(names[queue], lane: Self.missingLane) }
    let former = settings.domains.map { Self.maxInFlight(parts.sink, $0) }
    for index in settings.domains.indices {
      guard let domain = new.domains.first(where: { $0.name == settings.domains[index].name }) else { continue }
      settings.domains[index].logbeacon.concurrency = domain.logbeacon.concurrency
      settings.domains[index].webhook.concurrency = domain.webhook.concurrency
    }
    let limits = settings.domains.map { Self.maxInFlight(parts.sink, $0) }
    for queue in served where limits[queue] != former[queue] && !machine.status(of: queue).isBreakerOpen {
      // With as many copies in hand as the new number of calls needs.
      consume(queue, probing: false)
    }
    let actions = machine.settingsChanged(retry: RetryPolicy(settings.retry), limits: limits, now: now)
    client.limitConnections(perHost: machine.maxInFlight)
    perform(actions, now)
    noteMachine(now)
  }

  /// The end of a copy that was in hand.
  func settle(_ item: Item, _ settlement: Settlement, _ now: Moment) {
    if let key = item.key {
      if settlement == .delivered { copies.delivered(key, now: now.monotonic) } else { copies.letGo(key) }
    }
    settle(item.delivery, item.domain, settlement, now)
  }

  func settle(_ delivery: Delivery, _ queue: Int, _ settlement: Settlement, _ now: Moment) {
    settlements[queue].add(delivery.tag, settlement, now: now.monotonic)
    switch settlement {
    case .dead: status.count(queue) { $0.dead += 1 }
    case .disabled: status.count(queue) { $0.disabled += 1 }
    case .duplicate: status.count(queue) { $0.duplicate += 1 }
    case .delivered, .parked, .returned: break
    }
  }

  func flush(_ queue: Int) {
    guard settlements[queue].deadline != nil else { return }
    parts.queue.settle(names[queue], settlements[queue].take())
  }

  // MARK: Saying

  /// An answer came, or none did: what the worker's line, its counts and its health make of it.
  func note(_ outcome: SendOutcome, of item: Item, _ now: Moment) {
    switch outcome {
    case .delivered, .again:
      if case .delivered = outcome { status.succeeded(item.domain, at: now.unix) }
    case .rejected(let failure):
      status.succeeded(item.domain, at: now.unix)
      fail(item, failure, now)
    case .failed(let failure, _, _):
      status.failed(item.domain, failure.text, at: now.unix)
      status.count(item.domain) { $0.failed += 1 }
      fail(item, failure, now)
    case .laneRefused(let failure, _), .sinkRefused(let failure, _), .limited(let failure, _):
      status.remark(item.domain, failure.text)
      status.count(item.domain) { $0.failed += 1 }
      fail(item, failure, now)
    }
  }

  private func fail(_ item: Item, _ failure: SendFailure, _ now: Moment) {
    line(.failed, now) { courier.appendLine(for: item, failure: failure, to: &$0) }
  }

  func noteMachine(_ now: Moment) {
    for queue in names.indices { status.machine(queue, machine.status(of: queue), at: now.unix) }
  }

  func say(_ kind: ConsoleLineKind, _ text: String, _ now: Moment) {
    line(kind, now) { $0.append(text.utf8Span.span) }
  }

  /// Appends one line whose text `write` appends; writes nothing when the console is off.
  func line(_ kind: ConsoleLineKind, _ now: Moment, _ write: (inout [UInt8]) -> Void) {
    guard let formatter = parts.console.formatter else { return }
    var text: [UInt8] = []
    write(&text)
    formatter.appendLine(kind, at: now.unix, text: text.span, to: &lines)
  }
}
