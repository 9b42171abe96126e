extension DeliveryMachine {
  /// A send ended. `random` is one draw for the jitter.
  package mutating func completed(
    _ ticket: UInt64, _ outcome: SendOutcome, now: Moment, random: UInt64
  ) -> [DeliveryAction] {
    guard let flight = flights.removeValue(forKey: ticket) else { return [] }
    answered(flight, now: now.monotonic)
    if case .again(let failure) = outcome {
      sendAgain(flight, failure, now: now)
    } else {
      landed(flight)
      settle(flight, outcome, now: now, random: random)
    }
    goOn(flight.lane, now: now)
    fill(now)
    return takeActions()
  }

  private mutating func settle(_ flight: Flight, _ outcome: SendOutcome, now: Moment, random: UInt64) {
    let copy = flight.copy
    switch outcome {
    case .delivered(let proven):
      let hadStalled = isStalledLine(flight.lane, now: now.monotonic)
      lanes[flight.lane].isProven = proven
      resume(flight.lane)
      if hadStalled { releaseParked(flight.lane) }
      sinkAnswered(copy, gotThrough: true, now: now)
      letGo(flight, .delivered)
    case .rejected(let failure):
      if lanes[flight.lane].pause?.probe == copy.ticket { resume(flight.lane) }
      sinkAnswered(copy, now: now)
      guard flight.riders.isEmpty else { return takeApart(flight, now: now) }
      letGo(copy, lane: flight.lane, .dead(note(.rejected, copy, failure)))
    case .failed(let failure, let fault, let retryAfter):
      sendFailed(flight, failure, fault: fault, retryAfter: retryAfter, now: now, random: random)
    case .again(let failure), .laneRefused(let failure, _):
      var interval = retry.backoff.maxDelay
      if case .laneRefused(_, let probeAfter) = outcome { interval = probeAfter }
      pause(flight, failure, interval: interval, now: now)
    case .sinkRefused(let failure, let probeAfter):
      refuse(flight, failure, probeAfter: probeAfter, now: now)
    case .limited(let failure, let retryAfter):
      limit(flight, failure, retryAfter: retry.clamped(retryAfter), now: now)
    }
  }

  /// One copy failed: the breaker counts it, and its own attempts do if the failure may be its own.
  private mutating func sendFailed(
    _ flight: Flight, _ failure: SendFailure, fault: SendOutcome.Fault, retryAfter: Int64?, now: Moment,
    random: UInt64
  ) {
    let copy = flight.copy
    let isProbe = queues[copy.queue].probe == copy.ticket
    let isLaneProbe = lanes[flight.lane].pause?.probe == copy.ticket
    var isAttempt = fault == .message || (queues[copy.queue].breaker.isClosed && !isLaneProbe)
    let failedProbes = isProbe ? queues[copy.queue].breaker.failedProbes + 1 : 0
    let probeWait = retry.probeWait(failedProbes: failedProbes, retryAfter: retryAfter, random: random)
    // Does nothing unless the breaker is closed.
    let opened = queues[copy.queue].breaker.sendFailed(
      copy: copy.messageID, fault: fault, now: now.monotonic, wait: probeWait)
    var wait = retry.wait(attempt: copy.attempt + 1, retryAfter: retryAfter, random: random)
    if queues[copy.queue].breaker.isDoubtful {
      wait =
        isAttempt
        ? retry.doubtfulWait(attempt: copy.attempt + 1, retryAfter: retryAfter, random: random) : probeWait
    }
    if lanes[flight.lane].order != nil {
      (isAttempt, wait) = standStill(
        flight, isAttempt: isAttempt, wait: wait, retryAfter: retryAfter, now: now.monotonic)
    }
    if isLaneProbe { lanes[flight.lane].pause?.probeAt = now.monotonic + wait }
    for copy in flight.copies {
      putAway(copy, lane: flight.lane, failure, isAttempt: isAttempt, until: now.monotonic + wait, now: now)
    }
    if lanes[flight.lane].order != nil, wait > Self.moment {
      parkWaiting(of: flight.lane, until: now.monotonic + wait, now: now)
    }
    if isProbe { probeFailed(copy, wait: probeWait, now: now) }
    if opened { stopQueue(copy.queue, failure) }
  }

  /// Buries a copy that had its last attempt, else parks it.
  private mutating func putAway(
    _ copy: HeldCopy, lane: Int, _ failure: SendFailure, isAttempt: Bool, until: Int64, now: Moment
  ) {
    let attempt = copy.attempt + (isAttempt ? 1 : 0)
    if isAttempt, attempt >= retry.maxAttempts {
      letGo(copy, lane: lane, .dead(note(.attemptsExhausted, copy, failure)))
    } else if lanes[lane].pause == nil, lanes[lane].order == nil, queues[copy.queue].breaker.isDoubtful {
      parkOnTrial(copy, until: until, attempt: attempt, now: now)
    } else {
      park(copy, lane: lane, until: until, attempt: attempt, now: now)
    }
  }

  /// The key or the chat is refused: the lane stands still and buries nothing.
  private mutating func pause(_ flight: Flight, _ failure: SendFailure, interval: Int64, now: Moment) {
    let lane = flight.lane
    let probeAt = now.monotonic + interval
    sinkAnswered(flight.copy, now: now)
    let isNew = lanes[lane].pause == nil
    lanes[lane].isProven = false
    lanes[lane].pause = Lane.Pause(probeAt: probeAt, probe: nil, interval: interval)
    if lanes[lane].order != nil { lanes[lane].blockedUntil = max(lanes[lane].blockedUntil, probeAt) }
    park(flight.copy, lane: lane, until: probeAt, now: now)
    for rider in flight.riders { park(rider, lane: lane, until: probeAt + interval, now: now) }
    parkWaiting(of: lane, until: probeAt + interval, now: now)
    lanes[lane].called = []
    if isNew { actions.append(.report(.lanePaused(lanes[lane].id, queue: flight.copy.queue, failure))) }
  }

  /// The sink's own credentials are refused: the whole queue stands still and buries nothing.
  private mutating func refuse(_ flight: Flight, _ failure: SendFailure, probeAfter: Int64, now: Moment) {
    let queue = flight.copy.queue
    let wasClosed = queues[queue].breaker.isClosed
    let probeAt = now.monotonic + probeAfter
    queues[queue].probe = nil
    queues[queue].breaker.tripped(until: probeAt)
    for copy in flight.copies { park(copy, lane: flight.lane, until: probeAt + Self.moment, now: now) }
    if wasClosed { return stopQueue(queue, failure) }
    actions.append(.cancel(queue: queue))
    giveBackWaiting(of: queue)
  }

  /// The chat, or the bot, is called too often: nobody calls it until the sink allows.
  private mutating func limit(_ flight: Flight, _ failure: SendFailure, retryAfter: Int64, now: Moment) {
    let lane = flight.lane
    let until = now.monotonic + retryAfter
    let id = lanes[lane].id
    sinkAnswered(flight.copy, now: now)
    if lanes[lane].pause?.probe == flight.copy.ticket { resume(lane) }
    lanes[lane].blockedUntil = max(lanes[lane].blockedUntil, until)
    if let last = scopes[id.scope]?.lastLimited, last.lane != id,
      now.monotonic - last.at <= LaneScope.togetherWithin
    {
      scopes[id.scope]?.blockedUntil = until
      for other in lanes.indices where lanes[other].id.scope == id.scope && lanes[other].kind.isPaced {
        lanes[other].blockedUntil = max(lanes[other].blockedUntil, until)
        parkWaiting(of: other, until: until, now: now)
      }
    }
    scopes[id.scope, default: LaneScope()].lastLimited = (id, now.monotonic)
    let turn = lanes[lane].nextTurn(from: now.monotonic)
    for copy in flight.copies {
      promise(copy, lane: lane)
      park(copy, lane: lane, until: turn, now: now)
    }
    parkWaiting(of: lane, until: turn + Self.moment, now: now)
  }

  /// The credentials changed while the call was under way: it keeps its place in flight and goes out once more.
  private mutating func sendAgain(_ flight: Flight, _ failure: SendFailure, now: Moment) {
    lanes[flight.lane].isProven = false
    guard !isStopping, flight.renewals < Self.maxRenewals else {
      landed(flight)
      if isStopping {
        return letGo(flight, .returned)
      }
      return pause(flight, failure, interval: retry.backoff.maxDelay, now: now)
    }
    var flight = flight
    flight.renewals += 1
    flight.token = called(flight.lane, now: now.monotonic)
    flights[flight.copy.ticket] = flight
    actions.append(flight.action)
  }

  /// Whatever it said, the sink is there. What `gotThrough` closes the breaker, on trial or not.
  private mutating func sinkAnswered(_ copy: HeldCopy, gotThrough: Bool = false, now: Moment) {
    let isProbe = queues[copy.queue].probe == copy.ticket
    guard queues[copy.queue].breaker.isClosed else {
      return isProbe || gotThrough ? recover(copy.queue, now: now) : ()
    }
    queues[copy.queue].breaker.sendSucceeded(copy: copy.messageID)
    if gotThrough { releaseTrials(of: copy.queue) }
  }

  private mutating func stopQueue(_ queue: Int, _ failure: SendFailure) {
    actions.append(.cancel(queue: queue))
    giveBackWaiting(of: queue)
    actions.append(.report(.breakerOpened(queue: queue, failure)))
  }

  private func isStalledLine(_ lane: Int, now: Int64) -> Bool {
    lanes[lane].kind == .pair && !lanes[lane].isProven && lanes[lane].sentAt + Self.moment <= now
      && lanes[lane].pause == nil
  }

  private func note(_ reason: DeathReason, _ copy: HeldCopy, _ failure: SendFailure) -> DeathNote {
    DeathNote(reason: reason, attempt: copy.attempt + 1, lastStatus: failure.status, lastError: failure.text)
  }
}
