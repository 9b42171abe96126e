import AMQP
import Core

/// What the wire tells of the link.
extension PublisherLoop {
  /// How often a queue is said to be missing, in milliseconds.
  private static let missingInterval: Int64 = 1000

  func take(_ event: WireEvent) {
    switch event {
    case .opened(let link, let place, let cutter):
      if self.link > 0 { reconnects += 1 }
      self.link = link
      self.cutter = cutter
      isLinked = true
      note = ""
      notices.connected(place)
      reconnect.linkOpened()
      machine.linkOpened(now: now, &actions)
      perform()
      leaveIfStopping()
    case .failed(let error):
      note = error.description
      notices.unreachable(note)
      attempt(reconnect.attemptFailed(now: now))
    case .received(let link, let events): if link == self.link, isLinked { take(events) }
    case .lost(let link, let error): if link == self.link { linkLost(error.description) }
    }
  }

  func linkLost(_ reason: String) {
    guard isLinked else { return }
    isLinked = false
    cutter = nil
    // Copies of this turn were on their way to a link that is gone.
    _ = outbox.takeCopies()
    note = reason
    if !isStopping { notices.lost(reason, now: now) }
    machine.linkLost(now: now, &actions)
    perform()
    attempt(reconnect.linkLost(now: now))
  }

  private func take(_ events: [AMQPEvent]) {
    for event in events {
      switch event {
      case .acked(let tag, let multiple): machine.acked(tag: tag, multiple: multiple, now: now, &actions)
      case .nacked(let tag, let multiple):
        notices.nacked(now: now)
        machine.nacked(tag: tag, multiple: multiple, now: now, &actions)
      case .returned(let message): returned(message)
      case .blocked(let reason):
        note = reason
        notices.blocked(reason, now: now)
        machine.blocked(now: now, &actions)
      case .unblocked:
        notices.unblocked()
        machine.unblocked(now: now, &actions)
      default: break
      }
    }
    perform()
  }

  /// A message that no queue took. It names no tag: every open copy that it may be counts as returned.
  private func returned(_ message: AMQPReturn) {
    let batches = batches
    let queue = queues[message.routingKey]
    let id = PublishedID(message.messageID ?? "")
    let named = machine.returned { ticket, isFirst in
      let ticket = PublisherTicket(ticket)
      // The copy that a pack has its name from may be nobody's any more.
      return batches[ticket.batch].matches(ticket.row, queue, message.routingKey, isFirst ? id : nil)
    }
    // An id that we do not know as it came back: any copy of that queue may be meant.
    if named == 0 {
      _ = machine.returned { ticket, _ in
        let ticket = PublisherTicket(ticket)
        return batches[ticket.batch].matches(ticket.row, queue, message.routingKey, nil)
      }
    }
    guard let queue else { return }
    notices.missing(queue, options.names[queue], now: now)
    if let last = missingAt[queue], now - last < Self.missingInterval { return }
    missingAt[queue] = now
    options.queueMissing(options.names[queue])
  }

  func take(_ report: PublisherReport) {
    switch report {
    case .oddConfirm(let tag): notices.odd(tag, now: now)
    case .condition(let condition):
      switch condition {
      case .stalled:
        note = "a confirm is late"
        notices.stalled(now: now)
      case .connected: notices.confirmsAgain()
      case .away, .blocked: break
      }
      assign(ownership.conditionChanged(condition, now: now))
    }
  }
}

/// A message id as a return brings it.
struct PublishedID: Equatable {
  let text: String
  private let utf8: [UInt8]

  init(_ text: String) {
    self.text = text
    utf8 = Array(text.utf8)
  }

  /// Whether it is this event's, with the audience behind it if there is one.
  func names(_ id: Span<UInt8>, _ audience: Audience?) -> Bool {
    let suffix = audience.map { ".\($0.rawValue)" } ?? ""
    guard utf8.count == id.count + suffix.utf8.count else { return false }
    return utf8.span.extracting(0..<id.count).isEqual(to: id)
      && utf8.span.extracting(id.count..<utf8.count).isEqual(to: suffix)
  }
}

extension PublisherBatch {
  /// Whether a return of `id` (`nil` is any) from `routingKey`, the main queue with the number `queue` if it is one, may mean
  /// this row.
  fileprivate func matches(_ row: Int, _ queue: Int?, _ routingKey: String, _ id: PublishedID?) -> Bool {
    switch content {
    case .intake(let batch, _):
      let copy = batch.rows[row]
      guard copy.queue.rawValue == queue else { return false }
      return id.map { $0.names(batch.bytes.span.extracting(copy.id), copy.audience) } ?? true
    case .spooled(let deliveries):
      return (id == nil || deliveries[row].messageID == id?.text) && deliveries[row].queue.description == routingKey
    case .letters(let letters, _):
      return (id == nil || letters[row].messageID == id?.text) && letters[row].queue.deadName == routingKey
    }
  }

  /// The number of the main queue that an intake copy goes to.
  func queue(_ row: Int) -> Int? {
    if case .intake(let batch, _) = content { batch.rows[row].queue.rawValue } else { nil }
  }
}
