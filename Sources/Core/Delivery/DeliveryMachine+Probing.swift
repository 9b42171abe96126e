/// Probing a queue whose breaker is open.
///
/// The rule: **a failure that the service answered is an attempt of its copy, always; one without an answer is an
/// attempt only while the breaker is closed.** So a copy that always fails is buried after `maxAttempts`, whether it was
/// a probe or not. That an outage in which everything is answered with a failure buries nothing follows from which copy
/// is tried and when: the one that was tried least, so that trials spread over all that wait, and while nothing gets
/// through the second half of a copy's attempts are `maxDelay` apart (``RetryPolicy/doubtfulWait``). The first copy that
/// gets through closes the breaker and makes due whatever failed in between, so that all flows in order of age.
extension DeliveryMachine {
  /// Puts one copy of the handful on trial: the one least tried since the breaker opened, then the one with the fewest
  /// attempts, then by turns the oldest and the newest, since what always fails often comes in one piece. Copies that
  /// have not failed yet thereby go before those that always fail.
  mutating func chooseProbe(of queue: Int, now: Moment) {
    while queues[queue].breaker.state == .halfOpen, queues[queue].probe == nil {
      let tried = queues[queue].tried
      let isNewestsTurn = queues[queue].breaker.failedProbes % 2 == 1
      let rank = { (copy: HeldCopy) in
        (tried.contains(copy.messageID) ? 1 : 0, copy.attempt, isNewestsTurn ? .max - copy.ticket : copy.ticket)
      }
      guard let copy = queues[queue].candidates.min(by: { rank($0) < rank($1) }) else { return }
      queues[queue].candidates.removeAll { $0.ticket == copy.ticket }
      let lane = lane(of: copy, now: now.monotonic)
      if line(up: copy, lane: lane, now: now) { queues[queue].probe = copy.ticket }
    }
  }

  /// The copy on trial failed: the next trial is after `wait`.
  ///
  /// The rest of the handful goes back. Those that failed before come one for each of the next trials, so that they do
  /// not keep those behind them from being tried.
  mutating func probeFailed(_ copy: HeldCopy, wait: Int64, now: Moment) {
    let queue = copy.queue
    queues[queue].probe = nil
    queues[queue].breaker.probeFailed(now: now.monotonic, wait: wait)
    if queues[queue].tried.count >= Self.maxTried { queues[queue].tried = [] }
    queues[queue].tried.insert(copy.messageID)
    actions.append(.cancel(queue: queue))
    var due = wait
    for other in takeCandidates(of: queue) {
      if other.attempt > 0 || queues[queue].tried.contains(other.messageID) {
        parkOnTrial(other, until: now.monotonic + min(due, max(wait, retry.backoff.maxDelay)), now: now)
        due += wait
      } else {
        actions.append(.settle(ticket: other.ticket, .returned))
      }
    }
  }

  /// Parks a copy until `until`, or until something gets through.
  mutating func parkOnTrial(_ copy: HeldCopy, until: Int64, attempt: Int? = nil, now: Moment) {
    queues[copy.queue].hasTrials = true
    let parking = Parking(dueAt: now.unix(at: until), lane: Self.trialLane, attempt: attempt ?? copy.attempt)
    actions.append(.settle(ticket: copy.ticket, .parked(parking)))
  }

  /// A call got through, or a probe was answered: the queue is consumed again, what failed meanwhile first.
  mutating func recover(_ queue: Int, now: Moment) {
    queues[queue].probe = nil
    queues[queue].tried = []
    queues[queue].breaker.recovered()
    releaseTrials(of: queue)
    guard !isStopping else { return }
    actions.append(.consume(queue: queue, probing: false))
    actions.append(.report(.breakerClosed(queue: queue)))
    for copy in takeCandidates(of: queue) { admit(copy, now: now) }
    goOnInOrder(queue, isRecovered: true, now: now)
  }

  /// Makes due what failed while nothing got through.
  mutating func releaseTrials(of queue: Int) {
    guard queues[queue].hasTrials else { return }
    queues[queue].hasTrials = false
    actions.append(.release(queue: queue, lane: Self.trialLane))
  }

  /// The rest of the handful, oldest first.
  mutating func takeCandidates(of queue: Int) -> [HeldCopy] {
    defer { queues[queue].candidates = [] }
    return queues[queue].candidates
  }
}
