import Core

/// A delivery machine and its clock, for tests that read as a script of events and the actions that they cause.
struct MachineScript {
  var machine: DeliveryMachine
  var now: Int64 = 1_000_000
  var random: UInt64 = 0
  private var ticket: UInt64 = 0

  /// Retry waits are `delay` × 2ⁿ at most; with `random` 0 the jitter leaves nothing of them.
  init(
    queues: Int = 1, maxAttempts: Int = 3, delay: Int64 = 2000, maxDelay: Int64 = 600_000, maxInFlight: Int = 16,
    maxFlights: Int = DeliveryMachine.maxFlights
  ) {
    machine = DeliveryMachine(
      limits: Array(repeating: maxInFlight, count: queues),
      retry: RetryPolicy(maxAttempts: maxAttempts, backoff: Backoff(delay: delay, maxDelay: maxDelay)),
      maxFlights: maxFlights)
    _ = machine.started(queues: Array(0..<queues))
  }

  /// Unix time is the monotonic clock plus a million.
  var moment: Moment { Moment(monotonic: now, unix: now + 1_000_000) }

  func unix(_ monotonic: Int64) -> Int64 { monotonic + 1_000_000 }

  mutating func deliver(
    _ count: Int = 1, lane: String = "a", kind: LaneKind = .pair, queue: Int = 0, attempt: Int = 0,
    id: String? = nil, scope: String = "s"
  ) -> [DeliveryAction] {
    var copies: [HeldCopy] = []
    for _ in 0..<count {
      ticket += 1
      copies.append(
        HeldCopy(
          ticket: ticket, queue: queue, messageID: id ?? "m\(ticket)", attempt: attempt,
          lane: LaneID(scope: scope, name: lane), kind: kind))
    }
    return machine.delivered(copies, now: moment)
  }

  /// Delivers one handful of copies, each with its attempts so far.
  mutating func deliver(_ copies: [(id: String, attempt: Int)], lane: String = "a") -> [DeliveryAction] {
    var held: [HeldCopy] = []
    for copy in copies {
      ticket += 1
      held.append(
        HeldCopy(
          ticket: ticket, queue: 0, messageID: copy.id, attempt: copy.attempt, lane: LaneID(scope: "s", name: lane),
          kind: .pair))
    }
    return machine.delivered(held, now: moment)
  }

  mutating func complete(_ ticket: UInt64, _ outcome: SendOutcome) -> [DeliveryAction] {
    machine.completed(ticket, outcome, now: moment, random: random)
  }

  mutating func pass(_ milliseconds: Int64) -> [DeliveryAction] {
    now += milliseconds
    return machine.timePassed(moment)
  }

  /// Opens queue 0's breaker with the copies that are delivered for it; the tickets used are consumed.
  mutating func openBreaker() -> [DeliveryAction] {
    var last: [DeliveryAction] = []
    for _ in 0..<5 {
      _ = deliver(lane: "open\(ticket)")
      last = complete(ticket, .down)
    }
    return last
  }

  var lastTicket: UInt64 { ticket }
}

extension SendFailure {
  static let down = SendFailure(status: 503, text: "503")
  static let refused = SendFailure(status: 401, text: "401")
  static let busy = SendFailure(status: 429, text: "429")
  static let bad = SendFailure(status: 400, text: "400")
}

extension SendOutcome {
  static let done = SendOutcome.delivered(proven: true)
  static let down = SendOutcome.failed(.down, fault: .message, retryAfter: nil)
}

extension DeliveryAction {
  static func parked(_ ticket: UInt64, until: Int64, lane: String = "a", attempt: Int = 0) -> DeliveryAction {
    .settle(ticket: ticket, .parked(Parking(dueAt: until, lane: lane, attempt: attempt)))
  }
}
