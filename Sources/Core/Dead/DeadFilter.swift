/// Where a dead letter lies: in the embedded store, or in a `.dead` queue at the broker.
package enum DeadPlace: String, CaseIterable, Sendable {
  case spool
  case broker
}

/// Which dead letters somebody means; what is not said is open.
package struct DeadFilter: Sendable, Equatable {
  package var domain: String?
  package var sink: Sink?
  package var reason: DeathReason?
  package var place: DeadPlace?
  /// Died then or before, Unix milliseconds.
  package var diedUntil: Int64?
  /// Died then or later.
  package var diedFrom: Int64?

  package init() {}

  package func includes(_ queue: QueueName) -> Bool {
    (domain == nil || domain == queue.domain) && (sink == nil || sink == queue.sink)
  }

  /// `diedAt` is `nil` for a letter of a program that does not say when: it counts as old.
  package func includes(reason: String, diedAt: Int64?) -> Bool {
    let time = diedAt ?? 0
    return (self.reason == nil || self.reason?.rawValue == reason) && time <= diedUntil ?? .max
      && time >= diedFrom ?? .min
  }
}
