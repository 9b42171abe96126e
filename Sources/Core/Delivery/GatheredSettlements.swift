/// What one queue is to be told of copies that have ended, until it is told.
///
/// A transaction, or an ack, for many copies costs little more than for one: delivered copies wait for company, but for no
/// longer than ``wait``, and not once a worker has nothing else in hand. Until then a crash lets them come again, as it does
/// with every copy that is in flight. All other ends are handed on with the turn. Times are monotonic milliseconds.
package struct GatheredSettlements: Sendable {
  /// How long a delivered copy waits for others, in milliseconds.
  package static let wait: Int64 = 10
  /// Delivered copies that wait at a time, at most.
  package static let maxWaiting = 128

  package private(set) var waiting: [(tag: UInt64, settlement: Settlement)] = []
  /// When they are to be handed on at the latest; `nil` if there are none.
  package private(set) var deadline: Int64?

  package init() {}

  /// How many delivered copies may wait at a worker that has up to `inFlight` calls under way and is given `prefetch` copies: so
  /// few that it has not run out of copies to send when it is given the next.
  package static func limit(prefetch: Int, inFlight: Int) -> Int {
    max(1, min((prefetch - inFlight) / 2, maxWaiting))
  }

  package mutating func add(_ tag: UInt64, _ settlement: Settlement, now: Int64) {
    waiting.append((tag, settlement))
    switch settlement {
    case .delivered, .duplicate: deadline = deadline ?? now + Self.wait
    case .disabled, .parked, .dead, .returned: deadline = now
    }
  }

  /// Whether they are to be handed on now: `limit` is that of ``limit(prefetch:inFlight:)``.
  package func areDue(now: Int64, limit: Int) -> Bool {
    guard let deadline else { return false }
    return deadline <= now || waiting.count >= limit
  }

  /// Takes all of them out.
  package mutating func take() -> [(tag: UInt64, settlement: Settlement)] {
    deadline = nil
    defer { waiting = [] }
    return waiting
  }
}
