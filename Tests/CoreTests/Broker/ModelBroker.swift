import Simulator

/// A broker as far as one publishing link can tell: takes copies, answers in any order that it likes, forgets nothing it took.
struct ModelBroker {
  enum Fate {
    case stored, returned, nacked
    /// Stored, and the answer is lost.
    case silent
  }

  enum Answer: Equatable {
    case returned(ticket: UInt64)
    case acked(tag: UInt64, multiple: Bool)
    case nacked(tag: UInt64, multiple: Bool)
  }

  /// Tickets of the copies that lie in its queues.
  private(set) var stored: Set<UInt64> = []
  /// The ticket of messages that are no copies.
  static let probe = UInt64.max
  private var lastTag: UInt64 = 0
  /// Unanswered messages of the link, by tag, with the copies in each.
  private(set) var open: [(tag: UInt64, tickets: [UInt64], fate: Fate?)] = []
  var isMissingQueue = false
  var isFull = false

  mutating func published(_ ticket: UInt64, tag: UInt64) {
    if tag == lastTag, let last = open.indices.last { return open[last].tickets.append(ticket) }
    lastTag = tag
    open.append((tag, [ticket], nil))
  }

  /// No queue takes it, and nobody wants it back: it is acked like any other.
  mutating func probed() {
    lastTag += 1
    open.append((lastTag, [Self.probe], nil))
  }

  /// Reads what has arrived, at most `count`: each copy gets its fate.
  mutating func work(_ count: Int) -> [Answer] {
    var answers: [Answer] = []
    var left = count
    for index in open.indices where open[index].fate == nil {
      guard left > 0 else { break }
      left -= 1
      if open[index].tickets == [Self.probe] {
        open[index].fate = .stored
      } else if isMissingQueue {
        open[index].fate = .returned
        answers.append(.returned(ticket: open[index].tickets[0]))
      } else if isFull {
        open[index].fate = .nacked
      } else {
        open[index].fate = .stored
        stored.formUnion(open[index].tickets)
      }
    }
    return answers
  }

  /// One answer, or none if there is nothing to answer for.
  mutating func answer(_ random: inout SeededRandom) -> Answer? {
    let decided = open.indices.filter { open[$0].fate != nil && open[$0].fate != .silent }
    guard !decided.isEmpty else { return nil }
    if random.next(2) == 0, open[0].fate != .silent {
      // As many as may be told in one go: the longest run from the oldest with one kind of answer.
      let isNack = open[0].fate == .nacked
      let run = open.prefix { $0.fate.map { $0 != .silent && ($0 == .nacked) == isNack } ?? false }
      if let last = run.last {
        open.removeFirst(run.count)
        return isNack ? .nacked(tag: last.tag, multiple: true) : .acked(tag: last.tag, multiple: true)
      }
    }
    let entry = open.remove(at: decided[Int(random.next(UInt64(decided.count)))])
    return entry.fate == .nacked ? .nacked(tag: entry.tag, multiple: false) : .acked(tag: entry.tag, multiple: false)
  }

  /// Forgets to answer for one copy that it has.
  mutating func loseAnswer() -> Bool {
    guard let index = open.firstIndex(where: { $0.fate == .stored }) else { return false }
    open[index].fate = .silent
    return true
  }

  var openCopies: Int { open.reduce(0) { $0 + $1.tickets.count } }

  /// Something on the link is still to be read or answered.
  var isBusy: Bool { open.contains { $0.fate != .silent } }

  mutating func linkLost() {
    open = []
    lastTag = 0
  }
}
