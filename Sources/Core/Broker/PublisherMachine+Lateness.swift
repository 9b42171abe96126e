extension PublisherMachine {
  /// When ``timePassed(now:_:)`` has something to do; `nil`: not before something else happens.
  package var nextDeadline: Int64? {
    var next = urgent.first?.deadline
    if let probeAt { next = min(next ?? probeAt, probeAt) }
    if let gatherUntil { next = min(next ?? gatherUntil, gatherUntil) }
    if let place = due.first { next = min(next ?? .max, tags[place].deadline) }
    guard isUp, !isCut, let oldest = oldestOpenAt else { return next }
    if let judgement = nextJudgement { next = min(next ?? judgement, judgement) }
    if !isBlocked {
      let cut = cutAt(oldest)
      next = min(next ?? cut, cut)
    }
    return next
  }

  /// Some time went by.
  package mutating func timePassed(now: Int64, _ actions: inout [PublisherAction]) {
    while let first = urgent.first, first.deadline <= now {
      _ = takeUrgent()
      turnAway(first.ticket, first.kind, &actions)
    }
    while let place = due.first, tags[place].deadline <= now {
      late(place, &actions)
      forgetAnswered()
    }
    if let probeAt, probeAt <= now { probe(now, &actions) }
    judge(now, &actions)
    if isUp, !isCut, !isBlocked, let oldest = oldestOpenAt, cutAt(oldest) <= now {
      isCut = true
      turnAwayWaiting(&actions)
      actions.append(.cut)
    }
    if let gatherUntil, gatherUntil <= now { publishWaiting(now, &actions) }
  }

  /// The next one due is a copy that somebody waits for still.
  mutating func forgetAnswered() {
    while let place = due.first, place < tags.first || tags[place].state != .awaited { _ = due.removeFirst() }
  }

  /// Whoever waits for this copy has waited long enough.
  private mutating func late(_ place: UInt64, _ actions: inout [PublisherAction]) {
    let entry = tags[place]
    ledger.outstanding -= 1
    ledger.timedOut += 1
    guard entry.kind == .intake else {
      tags[place].state = .abandoned
      return turnAway(entry.ticket, entry.kind, &actions)
    }
    tags[place].state = .holding
    holding[entry.ticket] = place
    actions.append(.spoolHeld(ticket: entry.ticket))
  }

  /// Looks for the first copy that has been with the broker for too long.
  private mutating func judge(_ now: Int64, _ actions: inout [PublisherAction]) {
    judgedPlace = max(judgedPlace, tags.first)
    var isLate = false
    while judgedPlace < tags.next {
      if tags[judgedPlace].state != .closed {
        guard tags[judgedPlace].publishedAt + confirmTimeout <= now else { break }
        isLate = true
      }
      judgedPlace += 1
    }
    guard isLate, !isStalled else { return }
    let old = condition
    isStalled = true
    turnAwayWaiting(&actions)
    reportChange(from: old, now, &actions)
  }

  private var nextJudgement: Int64? {
    var place = max(judgedPlace, tags.first)
    while place < tags.next {
      if tags[place].state != .closed { return tags[place].publishedAt + confirmTimeout }
      place += 1
    }
    return nil
  }

  /// When the link is given up: it has owed an answer for long and sent none, or one copy is never answered.
  private func cutAt(_ oldest: Int64) -> Int64 {
    min(
      max(oldest, progressAt) + confirmTimeout + replaceAfter,
      max(oldest, unblockedAt) + Self.lostFactor * replaceAfter)
  }
}
