extension PublisherMachine {
  /// When ``timePassed(now:_:)`` has something to do; `nil`: not before something else happens.
  package var nextDeadline: Int64? {
    var next = urgent.first?.deadline
    if let probeAt { next = min(next ?? probeAt, probeAt) }
    if let due = nextDue { next = min(next ?? due, due) }
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
    dueTag = max(dueTag, tags.first)
    while dueTag < tags.next {
      let entry = tags[dueTag]
      if entry.state == .awaited, entry.kind.hasDeadline {
        guard entry.deadline <= now else { break }
        late(dueTag, &actions)
      }
      dueTag += 1
    }
    if let probeAt, probeAt <= now { probe(now, &actions) }
    judge(now, &actions)
    if isUp, !isCut, !isBlocked, let oldest = oldestOpenAt, cutAt(oldest) <= now {
      isCut = true
      turnAwayWaiting(&actions)
      actions.append(.cut)
    }
  }

  /// Whoever waits for this copy has waited long enough.
  private mutating func late(_ tag: UInt64, _ actions: inout [PublisherAction]) {
    let entry = tags[tag]
    ledger.outstanding -= 1
    ledger.timedOut += 1
    guard entry.kind == .intake else {
      tags[tag].state = .abandoned
      return turnAway(entry.ticket, entry.kind, &actions)
    }
    tags[tag].state = .holding
    holding[entry.ticket] = tag
    actions.append(.spoolHeld(ticket: entry.ticket))
  }

  /// Looks for the first copy that has been with the broker for too long.
  private mutating func judge(_ now: Int64, _ actions: inout [PublisherAction]) {
    judgedTag = max(judgedTag, tags.first)
    var isLate = false
    while judgedTag < tags.next {
      if tags[judgedTag].state != .closed {
        guard tags[judgedTag].publishedAt + confirmTimeout <= now else { break }
        isLate = true
      }
      judgedTag += 1
    }
    guard isLate, !isStalled else { return }
    let old = condition
    isStalled = true
    turnAwayWaiting(&actions)
    reportChange(from: old, now, &actions)
  }

  private var nextDue: Int64? {
    var tag = max(dueTag, tags.first)
    while tag < tags.next {
      if tags[tag].state == .awaited, tags[tag].kind.hasDeadline { return tags[tag].deadline }
      tag += 1
    }
    return nil
  }

  private var nextJudgement: Int64? {
    var tag = max(judgedTag, tags.first)
    while tag < tags.next {
      if tags[tag].state != .closed { return tags[tag].publishedAt + confirmTimeout }
      tag += 1
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
