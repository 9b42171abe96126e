/// The copies that a worker has delivered lately, and those that it has in hand: each is sent once, however often it comes.
///
/// A key stands for queue, message id, target and digest of a copy. Times are in milliseconds of one clock.
package struct DeliveredCopies: Sendable {
  package enum Verdict: Sendable, Equatable {
    /// It is in hand from now on, until ``delivered(_:now:)`` or ``letGo(_:)``.
    case fresh
    /// The sink has it.
    case duplicate
    /// Its like is in hand, and nobody knows yet what becomes of that.
    case twin
  }

  /// Three quarters of a power of two, so that a full table wastes no memory.
  package static let maxCopies = 98_304
  package static let window: Int64 = 600_000

  private let capacity: Int
  private var inHand: Set<ContentDigest> = []
  private var delivered: Set<ContentDigest> = []
  /// Each delivered one once, the oldest first.
  private var order = FIFO<(key: ContentDigest, at: Int64)>()

  package init(capacity: Int = maxCopies) {
    self.capacity = capacity
  }

  package var count: Int { delivered.count }

  package mutating func taken(_ key: ContentDigest, now: Int64) -> Verdict {
    while let oldest = order.first, oldest.at + Self.window <= now { forgetOldest() }
    if delivered.contains(key) { return .duplicate }
    return inHand.insert(key).inserted ? .fresh : .twin
  }

  package mutating func delivered(_ key: ContentDigest, now: Int64) {
    guard inHand.remove(key) != nil, delivered.insert(key).inserted else { return }
    order.append((key, now))
    if delivered.count > capacity { forgetOldest() }
  }

  /// It was not delivered, and is no longer in hand.
  package mutating func letGo(_ key: ContentDigest) {
    inHand.remove(key)
  }

  private mutating func forgetOldest() {
    if let oldest = order.removeFirst() { delivered.remove(oldest.key) }
  }
}
