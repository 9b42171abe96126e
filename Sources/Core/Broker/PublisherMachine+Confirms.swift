/// The broker's answers (AMQP 0-9-1 `basic.return`; RabbitMQ's publisher confirms).
extension PublisherMachine {
  /// The broker has the copy, or all up to it. `tag` 0 with `multiple` is everything.
  package mutating func acked(tag: UInt64, multiple: Bool, now: Int64, _ actions: inout [PublisherAction]) {
    answered(tag, multiple, isAck: true, now, &actions)
  }

  /// The broker has failed to take the copy, or all up to it.
  package mutating func nacked(tag: UInt64, multiple: Bool, now: Int64, _ actions: inout [PublisherAction]) {
    answered(tag, multiple, isAck: false, now, &actions)
  }

  /// The broker gave back, for want of a queue, a message that `matches` says it may be; the ack that follows does not count.
  ///
  /// A return names no tag. If several may be meant they are all taken to be: a duplicate is better than a loss. A message is
  /// asked about by its first copy, which gives it its name. Copies that nobody waits for any more are not asked about: their
  /// tickets may have gone to others; of a pack the next one is, and `isFirst` is false. Returns how many copies.
  package mutating func returned(where matches: (_ ticket: UInt64, _ isFirst: Bool) -> Bool) -> Int {
    var count = 0
    for tag in tags.openTags {
      guard let places = tags.places(of: tag),
        let asked = places.first(where: { tags[$0].state != .closed && tags[$0].state != .abandoned }),
        !tags[asked].isReturned, tags[asked].kind != .probe,
        matches(tags[asked].ticket, asked == places.lowerBound)
      else { continue }
      for place in places { tags[place].isReturned = true }
      count += places.count
    }
    return count
  }

  /// The spool has a copy that it was to hold.
  package mutating func heldStored(_ ticket: UInt64, _ actions: inout [PublisherAction]) {
    if let place = holding.removeValue(forKey: ticket) {
      tags[place].state = .held
      held[ticket] = place
      return
    }
    switch verdicts.removeValue(forKey: ticket) {
    case .confirmed: actions.append(.lateConfirmed(ticket: ticket))
    case .released: actions.append(.lateReleased(ticket: ticket))
    case nil: preconditionFailure("the spool answered for a copy that it was not asked to hold")
    }
  }

  /// The spool could not take a copy that it was to hold: nobody waits for its confirm any more.
  package mutating func heldFailed(_ ticket: UInt64) {
    verdicts[ticket] = nil
    if let place = holding.removeValue(forKey: ticket) { tags[place].state = .abandoned }
  }

  private mutating func answered(
    _ tag: UInt64, _ multiple: Bool, isAck: Bool, _ now: Int64, _ actions: inout [PublisherAction]
  ) {
    guard isUp else { return }
    let last = multiple && tag == 0 ? tags.nextTag - 1 : tag
    guard let places = tags.places(of: last), multiple || tags[places.lowerBound].state != .closed else {
      if tag == 0, multiple { return }
      if !hasReportedOddConfirm { actions.append(.report(.oddConfirm(tag: tag))) }
      hasReportedOddConfirm = true
      return
    }
    for place in (multiple ? tags.first : places.lowerBound)..<places.upperBound where tags[place].state != .closed {
      settle(place, isAck: isAck, &actions)
    }
    forgetAnswered()
    progressed(now, &actions)
  }

  private mutating func settle(_ place: UInt64, isAck: Bool, _ actions: inout [PublisherAction]) {
    let entry = tags[place]
    tags.close(place)
    if entry.kind == .probe { return }
    if entry.kind == .spooled { openSpooled -= 1 }
    if entry.state == .awaited { ledger.outstanding -= 1 } else { ledger.timedOut -= 1 }
    let isConfirmed = isAck && !entry.isReturned
    if isConfirmed {
      ledger.confirmed += 1
      if entry.kind == .spooled { backlog.copyPublished() }
    } else if entry.isReturned {
      ledger.returned += 1
    } else {
      ledger.nacked += 1
    }
    switch entry.state {
    case .awaited:
      if isConfirmed {
        actions.append(.confirmed(ticket: entry.ticket))
      } else {
        turnAway(entry.ticket, entry.kind, &actions)
      }
    case .holding:
      holding[entry.ticket] = nil
      verdicts[entry.ticket] = isConfirmed ? .confirmed : .released
      if isConfirmed { actions.append(.confirmed(ticket: entry.ticket)) }
    case .held:
      held[entry.ticket] = nil
      actions.append(isConfirmed ? .lateConfirmed(ticket: entry.ticket) : .lateReleased(ticket: entry.ticket))
    case .abandoned, .closed: break
    }
  }

  /// The broker answers: it is not stalled. What was published before is not held against it again.
  private mutating func progressed(_ now: Int64, _ actions: inout [PublisherAction]) {
    progressAt = now
    guard isStalled else { return }
    let old = condition
    isStalled = false
    judgedPlace = tags.next
    reportChange(from: old, now, &actions)
  }
}
