/// The order in which a gateway ends, one step after the other (contracts.md §10).
///
/// Each step leaves to those behind it only what they can still keep: what workers and intake hand over the publisher takes, what
/// the broker has not confirmed the store takes, and listeners close when the last answer can leave. The shell carries a
/// step out, waits for it no longer than its time, and says that it has ended.
package struct ShutdownMachine: Sendable, Equatable {
  package enum Step: Int, Sendable, CaseIterable, Comparable {
    /// Nobody has asked for an end. Leads to `leaving`.
    case running
    /// Health is 503 and intake goes on for `shutdown.delay`, so that a load balancer leaves first.
    case leaving
    /// Intake refuses, consumers take nothing more, calls and answers under way get `shutdown.grace`.
    case finishing
    /// Parked copies are published back while the grace lasts. With a broker only.
    case givingBack
    /// Confirms are waited for while the grace lasts, the rest is spooled. With a broker only.
    case confirming
    /// Consumers ack what is settled and close, so that the rest goes back to its queue. With a broker only.
    case acknowledging
    /// The store commits what it was handed, and closes.
    case storing
    /// The last answers leave; connections, then listeners close.
    case closing
    /// Nothing is left to do.
    case ended

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
  }

  package let hasBroker: Bool
  package private(set) var step = Step.running

  package init(hasBroker: Bool) {
    self.hasBroker = hasBroker
  }

  /// Somebody wants the process to end; the step to carry out. Later calls change nothing: a second signal shortens waits, it
  /// skips no step.
  @discardableResult
  package mutating func terminated() -> Step {
    if step == .running { step = .leaving }
    return step
  }

  /// `done` was carried out, or its time is over; the step to carry out now.
  @discardableResult
  package mutating func ended(_ done: Step) -> Step {
    precondition(done == step && step != .running && step != .ended, "a shutdown goes on from the step that it is at")
    step = Self.order.first { $0 > done && (hasBroker || !Self.ofBroker.contains($0)) } ?? .ended
    return step
  }

  /// Events are refused, and nothing new is taken from the broker.
  package var isRefusing: Bool { step >= .finishing }

  private static let order = Step.allCases
  private static let ofBroker: [Step] = [.givingBack, .confirming, .acknowledging]
}
