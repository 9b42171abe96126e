extension PublisherMachine {
  /// A link is open: its tags count from 1.
  package mutating func linkOpened(now: Int64, _ actions: inout [PublisherAction]) {
    precondition(!isUp, "a link was opened while there is one")
    let old = condition
    isUp = true
    isCut = false
    hasReportedOddConfirm = false
    (progressAt, unblockedAt) = (now, now)
    backlog.ended(now: now)
    reportChange(from: old, now, &actions)
  }

  /// The link is gone: whatever it has not answered for, and whatever waits for it, goes where copies go without a broker.
  package mutating func linkLost(now: Int64, _ actions: inout [PublisherAction]) {
    guard isUp else { return }
    let old = condition
    (isUp, isBlocked, isStalled, isCut) = (false, false, false, false)
    for place in tags.first..<tags.next where tags[place].state != .closed { abandon(place, &actions) }
    tags.reset()
    due = FIFO()
    (openSpooled, judgedPlace) = (0, 1)
    turnAwayWaiting(&actions)
    reportChange(from: old, now, &actions)
  }

  /// The broker takes no publishes (AMQP extension `connection.blocked`).
  package mutating func blocked(now: Int64, _ actions: inout [PublisherAction]) {
    guard isUp, !isBlocked else { return }
    let old = condition
    isBlocked = true
    turnAwayWaiting(&actions)
    reportChange(from: old, now, &actions)
  }

  package mutating func unblocked(now: Int64, _ actions: inout [PublisherAction]) {
    guard isUp, isBlocked else { return }
    let old = condition
    isBlocked = false
    (progressAt, unblockedAt) = (now, now)
    reportChange(from: old, now, &actions)
  }

  /// The process is going down: nothing more is published, answers of the broker still count.
  package mutating func stopped(_ actions: inout [PublisherAction]) {
    isStopping = true
    turnAwayWaiting(&actions)
  }

  /// The link ends without an answer for this copy.
  private mutating func abandon(_ place: UInt64, _ actions: inout [PublisherAction]) {
    let entry = tags[place]
    if entry.kind == .probe { return }
    if entry.state == .awaited {
      ledger.outstanding -= 1
      ledger.timedOut += 1
    }
    if entry.isReturned {
      ledger.timedOut -= 1
      ledger.returned += 1
    }
    switch entry.state {
    case .awaited: turnAway(entry.ticket, entry.kind, &actions)
    case .holding:
      holding[entry.ticket] = nil
      verdicts[entry.ticket] = .released
    case .held:
      held[entry.ticket] = nil
      actions.append(.lateReleased(ticket: entry.ticket))
    case .abandoned, .closed: break
    }
  }
}
