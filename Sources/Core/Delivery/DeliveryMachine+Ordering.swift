/// Ordered lanes: one call at a time, the oldest copy first, and none overtakes one that must be tried again.
///
/// What an ordered lane parks sleeps in the store until ``wake(_:now:)`` asks for it, the oldest first; see ``OrderedLine``.
/// While a queue's breaker is half open, the trial is the oldest copy of a lane that may be called.
extension DeliveryMachine {
  /// Copies that may stand in an ordered lane's line.
  static let maxOrderedLine = 128
  /// As long as nothing is known of how long its calls take.
  static let firstOrderedLine = 8

  /// The store has woken `rows` of a lane, its oldest copies, and has more or not.
  package mutating func woken(_ id: LaneID, rows: [UInt64], hasMore: Bool, now: Moment) -> [DeliveryAction] {
    guard let lane = laneIndex[id] else { return [] }
    let line = lanes[lane].waiting
    let flying = flights.values.filter { $0.lane == lane }.map(\.copy.row)
    lanes[lane].order?.woken(rows, hasMore: hasMore) { row in
      flying.contains(row) || line.contains { $0.row == row }
    }
    let order = lanes[lane].order
    for copy in lanes[lane].waiting.remove(where: { order?.isBehind($0.row) ?? false }) {
      park(copy, lane: lane, until: now.monotonic, now: now)
    }
    goOn(lane, now: now)
    fill(now)
    return takeActions()
  }

  /// A copy of an ordered lane is here: it joins the line in its place, or sleeps.
  mutating func lineUpInOrder(_ copy: HeldCopy, lane: Int, now: Moment) {
    lanes[lane].order?.arrived(copy.row)
    if mustSleep(copy, lane: lane, now: now.monotonic) {
      park(copy, lane: lane, until: now.monotonic, now: now)
    } else {
      lanes[lane].waiting.insert(copy) { $0.row > copy.row }
    }
    goOn(lane, now: now)
  }

  private func mustSleep(_ copy: HeldCopy, lane: Int, now: Int64) -> Bool {
    if lanes[lane].blockedUntil - now > Self.moment || isStalled(lane, now: now) { return true }
    if lanes[lane].order?.isBehind(copy.row) ?? false { return true }
    // As many as may be sent within a moment; one that is older than the last of them takes its place all the same.
    let room = lanes[lane].callTook.map { Int(Self.moment / max(1, $0)) } ?? Self.firstOrderedLine
    guard lanes[lane].waiting.count >= min(max(1, room), Self.maxOrderedLine) else { return false }
    return lanes[lane].waiting.last.map { $0.row < copy.row } ?? false
  }

  /// Whether the oldest copy of the line may be sent as far as the order goes, and the breaker.
  func mayGoInOrder(_ lane: Int) -> Bool {
    guard let order = lanes[lane].order, let head = lanes[lane].waiting.first else { return true }
    switch queues[head.queue].breaker.state {
    case .open: return false
    case .halfOpen where queues[head.queue].probe != nil: return false
    case .closed, .halfOpen: return order.maySend(head.row)
    }
  }

  /// Something changed for an ordered lane: its line stands again, and what sleeps is asked for once nothing else is to be
  /// sent before.
  mutating func goOn(_ lane: Int, now: Moment) {
    stand(lane, now: now.monotonic)
    wake(lane, now: now.monotonic)
  }

  private mutating func wake(_ lane: Int, now: Int64) {
    guard !isStopping, lanes[lane].order?.isIdle == false else { return }
    let queue = lanes[lane].queue
    if case .open = queues[queue].breaker.state { return }
    if let deadline = lanes[lane].order?.deadline(now: now) {
      guard deadline <= now else { return arm(lane, at: deadline) }
      lanes[lane].order?.lostPatience()
    }
    guard lanes[lane].order?.needsWaking(lanes[lane].waiting.first?.row) == true, let order = lanes[lane].order else {
      return
    }
    guard lanes[lane].blockedUntil <= now else { return arm(lane, at: lanes[lane].blockedUntil) }
    lanes[lane].order?.askedToWake()
    // What is in flight may lie there as well.
    actions.append(.wake(lanes[lane].id, queue: queue, limit: order.portion + lanes[lane].inFlight))
  }

  /// The queue's breaker has changed: its ordered lanes go on, or one of them is on trial. Once something got through,
  /// what failed meanwhile waits no longer.
  mutating func goOnInOrder(_ queue: Int, isRecovered: Bool = false, now: Moment) {
    for lane in lanes.indices where lanes[lane].queue == queue && lanes[lane].order != nil {
      if isRecovered, lanes[lane].pause == nil { endStandstill(lane) }
      goOn(lane, now: now)
    }
  }

  mutating func endStandstill(_ lane: Int) {
    guard lanes[lane].order != nil else { return }
    lanes[lane].blockedUntil = Lane.longAgo
    lanes[lane].order?.trialEnded()
  }

  /// The oldest copy of an ordered lane is sent: on trial, if its queue or its lane was refused.
  mutating func tried(_ copy: HeldCopy, lane: Int) {
    if queues[copy.queue].breaker.state == .halfOpen { queues[copy.queue].probe = copy.ticket }
    if lanes[lane].pause != nil { lanes[lane].pause?.probe = copy.ticket }
  }

  /// A send in an ordered lane failed: it stands still until the copy is tried again. Returns whether that was an attempt,
  /// and how long it waits.
  mutating func standStill(
    _ flight: Flight, isAttempt: Bool, wait: Int64, retryAfter: Int64?, now: Int64
  ) -> (isAttempt: Bool, wait: Int64) {
    var (isAttempt, wait) = (isAttempt, wait)
    if isAttempt, let trial = lanes[flight.lane].order?.failed(flight.copy.row, wait: wait, now: now) {
      (isAttempt, wait) = (trial.isAttempt, trial.wait)
    }
    wait = max(min(wait, RetryPolicy.longestProbeWait), retryAfter.map(retry.clamped) ?? 0)
    lanes[flight.lane].blockedUntil = max(lanes[flight.lane].blockedUntil, now + wait)
    return (isAttempt, wait)
  }
}
