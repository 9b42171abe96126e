/// Decides, for the queues of one sink, what is sent now, what waits, and what becomes of each copy.
///
/// Copies of one lane are sent oldest first; among lanes the oldest copy goes first. A copy that would wait longer than
/// a moment is parked, so that nothing sits unsettled. Each queue has calls of its own, and one is always kept for each
/// queue that has none in flight, so that services that hang do not stop the rest. While a queue's breaker is open nothing of it is consumed: what is not in
/// flight goes back, and one copy at a time is tried (see ``chooseProbe(of:now:)``). The worker calls the functions named after events and does what
/// they return. Times are monotonic milliseconds unless they say Unix.
///
/// Copies that only count towards a digest never get here: ``Grouping`` stands before.
package struct DeliveryMachine: Sendable {
  /// A wait that a copy may spend unsettled, in milliseconds.
  package static let moment: Int64 = 1000
  /// A call to a paced lane that was not answered for so long counts as having arrived, in milliseconds.
  package static let longestTransit: Int64 = 1000
  /// How long a pair's copies wait elsewhere while its only call hangs; its end makes them due at once.
  static let stallWait: Int64 = 5000
  /// Copies that may stand in a paced lane's line after their turn was called.
  static let maxLine = 8
  /// Lanes kept in memory; idle ones beyond that are forgotten.
  static let maxLanes = 4096
  /// Parked copies of a lane whose turn is remembered.
  static let maxCalled = 20_000
  /// Sends of one copy without an attempt, when each answer brings other credentials.
  static let maxRenewals = 3
  /// Copies that a probing queue gives out at once, for one of them to be tried.
  package static let handful = 32
  /// Where copies wait that failed while nothing got through; the next one that does makes them due. No program and no
  /// chat has such a name.
  package static let trialLane = "(trial)"
  /// Copies remembered as tried while a breaker is open.
  static let maxTried = 1024
  /// Calls at once over all queues, whatever their limits add up to; more only if there are more queues.
  package static let maxFlights = 1024

  var retry: RetryPolicy
  /// Calls at once over all queues; not fewer than there are queues.
  package private(set) var maxInFlight = 0
  private let maxFlights: Int
  /// Queues without a call in flight: one of all calls is kept for each.
  var idleQueues: Int

  var queues: [QueueState]
  var lanes: [Lane] = []
  var laneIndex: [LaneID: Int] = [:]
  var freeLanes: [Int] = []
  var scopes: [String: LaneScope] = [:]
  var flights: [UInt64: Flight] = [:]
  var timers = MinHeap<LaneTimer>()
  var isStopping = false
  var actions: [DeliveryAction] = []

  struct QueueState: Sendable {
    var breaker = Breaker()
    /// The copy on trial while the breaker is half open.
    var probe: UInt64?
    /// Held while one of them is on trial, and the trial's end decides over them; at most `handful`.
    var candidates: [HeldCopy] = []
    /// Message ids of the copies that were on trial since the breaker opened.
    var tried: Set<String> = []
    /// Copies wait in `trialLane`.
    var hasTrials = false
    var inFlight = 0
    /// Calls that it may have in flight.
    var limit = 1
    /// Lanes whose oldest copy is of this queue and can be sent.
    var ready = MinHeap<ReadyLane>()
  }

  struct Flight: Sendable {
    let copy: HeldCopy
    let lane: Int
    /// Copies in the same message, younger than `copy`.
    var riders: [HeldCopy] = []
    var renewals = 0
    /// Of the scope's bucket; `nil` in a lane that is not paced.
    var token: Int?

    var copies: [HeldCopy] { [copy] + riders }

    var action: DeliveryAction {
      riders.isEmpty ? .send(ticket: copy.ticket) : .sendPacked(copies.map(\.ticket))
    }
  }

  struct ReadyLane: Comparable, Sendable {
    let ticket: UInt64
    let lane: Int
    static func < (a: Self, b: Self) -> Bool { a.ticket < b.ticket }
  }

  struct LaneTimer: Comparable, Sendable {
    let time: Int64
    let lane: Int
    static func < (a: Self, b: Self) -> Bool { a.time < b.time }
  }

  /// A queue for each of `limits`, the calls that it may have in flight.
  package init(limits: [Int], retry: RetryPolicy, maxFlights: Int = DeliveryMachine.maxFlights) {
    queues = [QueueState](repeating: QueueState(), count: limits.count)
    self.retry = retry
    self.maxFlights = maxFlights
    idleQueues = limits.count
    limit(limits)
  }

  package var inFlight: Int { flights.count }

  /// What is in flight beyond a new limit ends in its own time.
  private mutating func limit(_ limits: [Int]) {
    for (queue, limit) in limits.enumerated() { queues[queue].limit = max(1, limit) }
    maxInFlight = max(queues.count, min(queues.reduce(0) { $0 + $1.limit }, maxFlights))
  }

  /// Lanes kept in memory.
  package var laneCount: Int { laneIndex.count }

  /// When ``timePassed(_:)`` has something to do; `nil`: not before something else happens.
  package var nextDeadline: Int64? {
    var next = timers.first?.time
    for queue in queues {
      if case .open(let until) = queue.breaker.state, !isStopping { next = min(next ?? until, until) }
    }
    return next
  }

  /// The worker is ready to take copies of every queue in `queues`.
  package mutating func started(queues started: [Int]) -> [DeliveryAction] {
    for queue in started { actions.append(.consume(queue: queue, probing: false)) }
    return takeActions()
  }

  /// A queue gave out `copies`, oldest first.
  package mutating func delivered(_ copies: [HeldCopy], now: Moment) -> [DeliveryAction] {
    for copy in copies { admit(copy, now: now) }
    fill(now)
    return takeActions()
  }

  /// Some time went by.
  package mutating func timePassed(_ now: Moment) -> [DeliveryAction] {
    if !isStopping {
      for queue in queues.indices where queues[queue].breaker.timePassed(now: now.monotonic) {
        actions.append(.consume(queue: queue, probing: true))
        goOnInOrder(queue, now: now)
      }
    }
    while let timer = timers.first, timer.time <= now.monotonic {
      _ = timers.removeFirst()
      if lanes[timer.lane].armedAt == timer.time { lanes[timer.lane].armedAt = nil }
      attend(timer.lane, now: now)
    }
    fill(now)
    return takeActions()
  }

  /// The lane's credentials changed from outside: it is worth a call now.
  package mutating func credentialsChanged(of id: LaneID, now: Moment) -> [DeliveryAction] {
    if let lane = laneIndex[id] {
      lanes[lane].isProven = false
      resume(lane)
      goOn(lane, now: now)
    }
    return takeActions()
  }

  /// Addresses, credentials or limits were read anew: whatever was refused is worth a call now.
  package mutating func settingsChanged(retry: RetryPolicy, limits: [Int], now: Moment) -> [DeliveryAction] {
    self.retry = retry
    limit(limits)
    for lane in lanes.indices {
      lanes[lane].isProven = false
      resume(lane)
      releaseParked(lane)
    }
    for queue in queues.indices {
      releaseTrials(of: queue)
      goOnInOrder(queue, now: now)
      if case .open = queues[queue].breaker.state { queues[queue].breaker.tripped(until: now.monotonic) }
    }
    fill(now)
    return takeActions()
  }

  /// The process is going down: nothing more is sent, what is not in flight goes back.
  package mutating func stopped() -> [DeliveryAction] {
    isStopping = true
    for queue in queues.indices {
      actions.append(.cancel(queue: queue))
      giveBackWaiting(of: queue)
    }
    return takeActions()
  }

  /// The call was cut off by ourselves: the copy goes back as it came.
  package mutating func abandoned(_ ticket: UInt64) -> [DeliveryAction] {
    guard let flight = flights.removeValue(forKey: ticket) else { return [] }
    landed(flight)
    letGo(flight, .returned)
    return takeActions()
  }

  /// How `queue` stands. Looks at every lane: for reports, not for every turn.
  package func status(of queue: Int) -> DeliveryStatus {
    var status = DeliveryStatus()
    status.isBreakerOpen = !queues[queue].breaker.isClosed
    status.pausedLanes = lanes.count { $0.pause != nil && $0.parkedIn.contains(queue) }
    return status
  }

  mutating func takeActions() -> [DeliveryAction] {
    defer { actions = [] }
    return actions
  }
}
