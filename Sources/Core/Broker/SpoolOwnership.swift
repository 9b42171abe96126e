/// Who takes the spooled copies of a process: its publisher while the broker is well, nobody for a while when it is not, then
/// its own workers. Times are monotonic milliseconds.
package struct SpoolOwnership: Sendable, Equatable {
  package enum Owner: Sendable, Equatable {
    case republisher
    case workers
    case nobody
  }

  /// How long the broker must have been away, blocked or stalled; `nil`: workers never take them.
  private let workersAfter: Int64?
  private var isStopping = false
  /// Since when the broker has not been well; `nil` while it is.
  private var unwellSince: Int64?

  package private(set) var owner = Owner.nobody

  /// The broker counts as away from `now` on.
  package init(fallback: Settings.Fallback, fallbackAfter: Duration, hasWorkers: Bool, now: Int64) {
    workersAfter = fallback == .direct && hasWorkers ? max(0, fallbackAfter.milliseconds) : nil
    unwellSince = now
  }

  /// When ``timePassed(now:)`` has something to do.
  package var nextDeadline: Int64? {
    guard owner == .nobody, !isStopping, let unwellSince, let workersAfter else { return nil }
    return unwellSince + workersAfter
  }

  /// The new owner, if there is one.
  package mutating func conditionChanged(_ condition: BrokerCondition, now: Int64) -> Owner? {
    if condition == .connected {
      unwellSince = nil
    } else if unwellSince == nil {
      unwellSince = now
    }
    return timePassed(now: now)
  }

  /// The new owner, if there is one.
  package mutating func timePassed(now: Int64) -> Owner? {
    let next = next(now)
    guard next != owner else { return nil }
    owner = next
    return next
  }

  /// The process is going down: nobody takes any more.
  package mutating func stopped() -> Owner? {
    isStopping = true
    guard owner != .nobody else { return nil }
    owner = .nobody
    return .nobody
  }

  private func next(_ now: Int64) -> Owner {
    if isStopping { return .nobody }
    guard let unwellSince else { return .republisher }
    if let workersAfter, now - unwellSince >= workersAfter { return .workers }
    return .nobody
  }
}
