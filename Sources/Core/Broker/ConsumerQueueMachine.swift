/// How one queue of the broker comes to be consumed and stays so: declared, locked where one worker at a time may have it,
/// consumed, and all of it again after whatever went wrong.
///
/// Every queue has a channel of its own, so that an error of one, which closes the channel (AMQP 0-9-1 §1.5.2.5), takes
/// nothing back from the others. Functions are named after events; each returns the next action, if there is one. Times are
/// monotonic milliseconds.
package struct ConsumerQueueMachine: Sendable, Equatable {
  package struct Options: Sendable, Equatable {
    /// It is consumed by one worker at a time.
    package var needsLock: Bool
    /// First and longest wait after something went wrong, milliseconds; each wait is twice the one before.
    package var minWait: Int64 = 1000
    package var maxWait: Int64 = 30_000
    /// Time between two tries to get the lock, milliseconds.
    package var lockInterval: Int64 = 5000
    /// How long a lock is kept for a queue that is not wanted at the moment, milliseconds: longer than a breaker waits
    /// between two probes, since another worker would find the sink no better and both would call the same chats.
    package var lockLinger: Int64 = 900_000
    /// How long a worker is watched before it is given fewer copies, milliseconds.
    package var watchSpan = PrefetchGauge.span

    package init(needsLock: Bool) {
      self.needsLock = needsLock
    }
  }

  package enum Action: Sendable, Equatable {
    /// Have the queue declared; answer with ``prepared(isReady:now:)``.
    case prepare
    /// Take the lock, on this queue's channel, which is opened if it is not.
    case lock
    /// Give the lock up.
    case unlock
    /// Consume, on this queue's channel, which is opened if it is not. `prefetch` counts messages.
    case consume(prefetch: Int)
    /// Consume with a larger prefetch, and cancel the consumer before without waiting: a quick worker is to have no pause. Of the
    /// two answers only the new consumer's is to be told.
    case replace(prefetch: Int)
    case cancel
  }

  /// What others may see of it.
  package enum Condition: String, Sendable, CaseIterable {
    /// No connection.
    case away
    /// Nobody here wants it at the moment.
    case resting
    /// On the way to being consumed.
    case preparing
    case consuming
    /// Another worker has the lock.
    case standingBy = "standing_by"
    /// Wanted, but too many of its copies are parked here.
    case heldBack = "held_back"
    /// The broker ended or refused it; it is tried again.
    case refused
  }

  private enum State: Sendable, Equatable {
    case away
    case resting
    case preparing
    case locking
    case opening(prefetch: Int)
    case consuming(prefetch: Int, since: Int64)
    case cancelling
    case standingBy(until: Int64)
    case refused(until: Int64)
  }

  package var options: Options
  private var state = State.away
  /// `nil`: not wanted.
  private var wanted: Int?
  /// A probe waits for a parked copy; should none be left, so many are wanted of the broker.
  private var probe: Int?
  /// Copies that keep a slow worker's calls going; `nil`: it is given what it wants however slow or quick it is.
  private var least: Int?
  private var isHeldBack = false
  private var packs = PackGauge()
  private var speed: PrefetchGauge
  /// The next consumer opens once the worker has no more than its calls are about, since what it has from the one before comes
  /// on top.
  private var awaitsRoom = false
  private var isStopping = false
  private var isPrepared = false
  package private(set) var hasLock = false
  /// Failures in a row.
  private var failures = 0
  /// When the lock is given up; `nil`: not while the queue is wanted, or the lock is to be kept.
  private var unlockAt: Int64?

  package init(_ options: Options) {
    self.options = options
    speed = PrefetchGauge(span: options.watchSpan)
  }

  package var condition: Condition {
    switch state {
    case .away: .away
    case .resting where wanted != nil: isHeldBack ? .heldBack : awaitsRoom ? .consuming : .resting
    case .resting: .resting
    case .preparing, .locking, .opening: .preparing
    case .consuming, .cancelling: .consuming
    case .standingBy: .standingBy
    case .refused: .refused
    }
  }

  /// A consumer may be open at the broker.
  package var mayReceive: Bool {
    switch state {
    case .opening, .consuming, .cancelling: true
    case .away, .resting, .preparing, .locking, .standingBy, .refused: false
    }
  }

  package var nextDeadline: Int64? {
    switch state {
    case .standingBy(let until), .refused(let until): until
    case .resting where hasLock && !isStopping: unlockAt
    case .consuming: speed.nextDeadline
    default: nil
    }
  }

  // MARK: What this process wants

  /// A worker is ready to take `prefetch` copies at a time. `least`: it is given fewer, but so many, as long as it is slow, and
  /// more while it is quick (``PrefetchGauge``).
  package mutating func wanted(prefetch: Int, least: Int? = nil, now: Int64) -> Action? {
    probe = nil
    wanted = max(1, min(prefetch, PrefetchGauge.maxCopies))
    self.least = least
    awaitsRoom = false
    unlockAt = nil
    return advance(now)
  }

  /// The worker takes no copies from the broker. `keepsLock`: it goes on with those that it has.
  package mutating func unwanted(keepsLock: Bool = false, now: Int64) -> Action? {
    unlockAt = keepsLock ? nil : unlockAt ?? now + options.lockLinger
    wanted = nil
    probe = nil
    return advance(now)
  }

  /// A worker wants copies for a trial. As long as one is parked here, those in the broker stay where they are; the parked
  /// one may be on its way out, so ``parkedEnded(now:)`` is to be said once there is none.
  package mutating func probed(prefetch: Int, hasParked: Bool, now: Int64) -> Action? {
    guard hasParked else { return wanted(prefetch: prefetch, now: now) }
    let action = unwanted(keepsLock: true, now: now)
    probe = prefetch
    return action
  }

  /// A probe waits for a parked copy.
  package var awaitsParked: Bool { probe != nil }

  /// No copy of the queue is parked here any more.
  package mutating func parkedEnded(now: Int64) -> Action? {
    guard let probe else { return nil }
    return wanted(prefetch: probe, now: now)
  }

  /// A message came with so many copies. What is wanted is copies, so that many such messages make the consumer a new one
  /// with a prefetch to match.
  package mutating func received(copies: Int, now: Int64) -> Action? {
    packs.received(copies: copies) ? advance(now) : nil
  }

  /// A turn ended: `unsettled` copies are not settled, of which the worker has `withWorker`, and since the turn before it was
  /// done with `done` others.
  package mutating func turnEnded(unsettled: Int, withWorker: Int, done: Int, now: Int64) -> Action? {
    guard let most = wantedMost, let least, case .consuming = state else {
      speed.paused()
      return awaitsRoom && withWorker * 2 <= least ?? .max ? advance(now, hasRoom: true) : nil
    }
    guard speed.counted(held: unsettled, done: done, most: most, least: least, now: now) else { return nil }
    let action = advance(now)
    awaitsRoom = action == .cancel
    return action
  }

  private var wantedMost: Int? { isHeldBack || isStopping ? nil : wanted }

  /// Copies that may be with the worker at a time; `nil`: it takes none from the broker at present.
  package var wantedCopies: Int? { wantedMost.map { speed.copies(most: $0, least: least ?? $0) } }

  /// It gets more copies than it wants.
  private var isQuick: Bool { wantedCopies ?? 0 > wanted ?? 0 }

  /// Too many copies of the queue are parked here, or no longer.
  package mutating func heldBack(_ isHeldBack: Bool, now: Int64) -> Action? {
    self.isHeldBack = isHeldBack
    return advance(now)
  }

  package mutating func stopped(now: Int64) -> Action? {
    isStopping = true
    return advance(now)
  }

  // MARK: What the broker does

  package mutating func linkOpened(now: Int64) -> Action? {
    state = .resting
    isPrepared = false
    hasLock = false
    return advance(now)
  }

  package mutating func linkLost() {
    state = .away
    hasLock = false
    awaitsRoom = false
  }

  package mutating func prepared(isReady: Bool, now: Int64) -> Action? {
    guard state == .preparing else { return nil }
    guard isReady else { return failed(now) }
    isPrepared = true
    state = .resting
    return advance(now)
  }

  package mutating func locked(now: Int64) -> Action? {
    guard state == .locking else { return nil }
    hasLock = true
    state = .resting
    return advance(now)
  }

  package mutating func consumeOpened(now: Int64) -> Action? {
    guard case .opening(let prefetch) = state else { return nil }
    state = .consuming(prefetch: prefetch, since: now)
    return advance(now)
  }

  /// The answer to our own cancel.
  package mutating func cancelAnswered(now: Int64) -> Action? {
    guard state == .cancelling else { return nil }
    state = .resting
    return advance(now)
  }

  /// The broker ended the consumer: the queue was deleted or its node is gone.
  package mutating func cancelNoticed(now: Int64) -> Action? {
    isPrepared = false
    // Our own cancel is answered all the same.
    guard state != .cancelling, mayReceive else { return nil }
    return failed(now)
  }

  /// The broker closed the queue's channel with an error.
  package mutating func channelClosed(code: Int, now: Int64) -> Action? {
    isPrepared = false
    switch state {
    case .away, .preparing, .standingBy, .refused: return nil
    case .locking where code == 405:
      state = .standingBy(until: now + options.lockInterval)
      return nil
    case .resting, .locking, .opening, .consuming, .cancelling: return failed(now)
    }
  }

  package mutating func timePassed(_ now: Int64) -> Action? {
    switch state {
    case .standingBy(let until) where until <= now, .refused(let until) where until <= now:
      state = .resting
      return advance(now)
    default: break
    }
    guard state == .resting, hasLock, !isStopping, let unlockAt, unlockAt <= now else { return nil }
    hasLock = false
    return .unlock
  }

  private mutating func failed(_ now: Int64) -> Action? {
    if case .consuming(_, let since) = state, now - since >= options.maxWait { failures = 0 }
    let wait = min(options.maxWait, options.minWait << Int64(min(failures, 20)))
    failures += 1
    state = .refused(until: now + wait)
    return nil
  }

  /// `hasRoom`: what ``awaitsRoom`` waits for is there.
  private mutating func advance(_ now: Int64, hasRoom: Bool = false) -> Action? {
    let target = wantedCopies.map(packs.messages)
    switch state {
    case .away, .preparing, .locking, .opening, .cancelling, .standingBy, .refused: return nil
    case .consuming(let prefetch, _):
      guard prefetch != target else { return nil }
      guard let target, target > prefetch, isQuick else {
        state = .cancelling
        return .cancel
      }
      state = .opening(prefetch: target)
      return .replace(prefetch: target)
    case .resting:
      guard let target, hasRoom || !awaitsRoom else { return nil }
      if !isPrepared {
        state = .preparing
        return .prepare
      }
      if options.needsLock, !hasLock {
        state = .locking
        return .lock
      }
      awaitsRoom = false
      state = .opening(prefetch: target)
      return .consume(prefetch: target)
    }
  }
}
