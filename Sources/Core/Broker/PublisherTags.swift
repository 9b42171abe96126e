/// The copies that a link has been given and has not answered for, in a ring without gaps, so that a place is an index.
///
/// Copies have places and messages have tags; both count from 1 on each link (AMQP 0-9-1, RabbitMQ's publisher confirms). A
/// message has one copy, or those of a pack, whose places follow each other: its tag answers for all of them at once. The ring
/// reaches from the oldest open place to the newest, at most `maxSpan` of them.
struct PublisherTags: Sendable, Equatable {
  /// Places between the oldest open one and the newest. One that is never answered ends the publishing of others there.
  static let maxSpan = 65_536

  struct Entry: Sendable, Equatable {
    enum State: UInt8, Sendable {
      /// Answered: the place is closed.
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
    /// Of the message that the copy is in.
    fileprivate(set) var tag: UInt64 = 0

    init(ticket: UInt64, deadline: Int64, publishedAt: Int64, kind: Kind, state: State = .awaited) {
      self.ticket = ticket
      self.deadline = deadline
      self.publishedAt = publishedAt
      self.kind = kind
      self.state = state
    }

    fileprivate static let none = Entry(ticket: 0, deadline: 0, publishedAt: 0, kind: .intake, state: .closed)
  }

  private var ring: [Entry] = Array(repeating: .none, count: 2048)
  /// By tag: the message's first place.
  private var starts: [UInt64] = Array(repeating: 0, count: 2048)
  /// The oldest open place, or `next` if none is open.
  private(set) var first: UInt64 = 1
  /// The place that comes next.
  private(set) var next: UInt64 = 1
  /// The tag that comes next.
  private(set) var nextTag: UInt64 = 1
  /// Places that are not closed.
  private(set) var open = 0

  /// Places that can be given out.
  var room: Int { Self.maxSpan - Int(next - first) }

  subscript(place: UInt64) -> Entry {
    get { ring[index(place)] }
    set { ring[index(place)] = newValue }
  }

  /// Tags of messages that may be open.
  var openTags: Range<UInt64> { (open > 0 ? self[first].tag : nextTag)..<nextTag }

  /// The places of a message; `nil` if it is older than every open one, or newer.
  func places(of tag: UInt64) -> Range<UInt64>? {
    guard openTags.contains(tag) else { return nil }
    return starts[index(tag)]..<(tag + 1 < nextTag ? starts[index(tag + 1)] : next)
  }

  /// Gives a copy its place, in a message of its own or, if it `joins`, in that of the copy before it. The message's tag.
  mutating func append(_ entry: Entry, joins: Bool = false) -> UInt64 {
    precondition(room > 0, "a place was given out beyond the span")
    if Int(next - first) == ring.count { grow() }
    if !joins {
      starts[index(nextTag)] = next
      nextTag += 1
    }
    self[next] = entry
    self[next].tag = nextTag - 1
    next += 1
    open += 1
    return nextTag - 1
  }

  mutating func close(_ place: UInt64) {
    self[place] = .none
    open -= 1
    while first < next, self[first].state == .closed { first += 1 }
  }

  /// A new link begins: every place is forgotten.
  mutating func reset() {
    for place in first..<next { self[place] = .none }
    (first, next, nextTag, open) = (1, 1, 1, 0)
  }

  private func index(_ number: UInt64) -> Int { Int(truncatingIfNeeded: number) & (ring.count - 1) }

  private mutating func grow() {
    let mask = ring.count * 2 - 1
    var larger = [Entry](repeating: .none, count: ring.count * 2)
    for place in first..<next { larger[Int(truncatingIfNeeded: place) & mask] = self[place] }
    var later = [UInt64](repeating: 0, count: ring.count * 2)
    for tag in openTags { later[Int(truncatingIfNeeded: tag) & mask] = starts[index(tag)] }
    (ring, starts) = (larger, later)
  }
}
