/// The copies that a link has been given and has not answered for, by their tag: a ring without gaps, so that a tag is an index.
///
/// Tags count from 1 on each link (AMQP 0-9-1, RabbitMQ's publisher confirms). The ring reaches from the oldest open tag to the
/// newest, at most `maxSpan` of them.
struct PublisherTags: Sendable, Equatable {
  /// Tags between the oldest open one and the newest. One that is never answered ends the publishing of others there.
  static let maxSpan = 65_536

  struct Entry: Sendable, Equatable {
    enum State: UInt8, Sendable {
      /// Answered: the tag is closed.
      case closed
      /// Somebody waits for the answer.
      case awaited
      /// Late: it was spooled as held, and the spool has not answered.
      case holding
      /// Late: it is held in the spool.
      case held
      /// Late: nobody waits any more.
      case abandoned
    }

    enum Kind: UInt8, Sendable {
      case intake
      case spooled
      case letter
      /// No copy at all.
      case probe

      /// Somebody waits for the answer until then.
      var hasDeadline: Bool { self == .intake || self == .letter }
    }

    let ticket: UInt64
    let deadline: Int64
    let publishedAt: Int64
    let kind: Kind
    var state = State.awaited
    var isReturned = false

    fileprivate static let none = Entry(ticket: 0, deadline: 0, publishedAt: 0, kind: .intake, state: .closed)
  }

  private var ring: [Entry] = Array(repeating: .none, count: 2048)
  /// The oldest open tag, or `next` if none is open.
  private(set) var first: UInt64 = 1
  /// The tag that comes next.
  private(set) var next: UInt64 = 1
  /// Tags that are not closed.
  private(set) var open = 0

  var isFull: Bool { next - first >= UInt64(Self.maxSpan) }

  subscript(tag: UInt64) -> Entry {
    get { ring[index(tag)] }
    set { ring[index(tag)] = newValue }
  }

  mutating func append(_ entry: Entry) -> UInt64 {
    precondition(!isFull, "a tag was given out beyond the span")
    if Int(next - first) == ring.count { grow() }
    let tag = next
    next += 1
    open += 1
    self[tag] = entry
    return tag
  }

  mutating func close(_ tag: UInt64) {
    self[tag] = .none
    open -= 1
    while first < next, self[first].state == .closed { first += 1 }
  }

  /// A new link begins: every tag is forgotten.
  mutating func reset() {
    for tag in first..<next { self[tag] = .none }
    (first, next, open) = (1, 1, 0)
  }

  private func index(_ tag: UInt64) -> Int { Int(truncatingIfNeeded: tag) & (ring.count - 1) }

  private mutating func grow() {
    var larger = [Entry](repeating: .none, count: ring.count * 2)
    for tag in first..<next { larger[Int(truncatingIfNeeded: tag) & (larger.count - 1)] = self[tag] }
    ring = larger
  }
}
