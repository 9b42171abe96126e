/// How many copies a consumer of the broker has in hand at a time, by how fast its worker gets them done.
///
/// A copy in hand is one that no other worker of the queue can take. So a worker that needs four seconds or more for what it has
/// is given half as many, down to what keeps its calls going, and twice as many again once a second is enough for them. A worker
/// that needs a tenth of a second or less would be waiting for the broker most of the time: it is given twice as many as are
/// wanted and twice that again, until it needs four times as long. Times are monotonic milliseconds.
package struct PrefetchGauge: Sendable, Equatable {
  /// How long a worker is watched before it is said to be slow, in milliseconds.
  package static let span: Int64 = 2000
  /// Where fewer are wanted than this, no worker is ever given more.
  package static let minToExceed = 100
  /// The most that `basic.qos` can ask for (a short, AMQP 0-9-1 §1.8.3.1).
  package static let maxCopies = 65535
  private static let maxLevel = 3

  private struct Watch: Sendable, Equatable {
    let since: Int64
    /// It had all that it may have when this began.
    let isFull: Bool
    var done = 0
  }

  private let span: Int64
  /// How many times what is wanted is doubled, or halved where it is negative.
  private var level = 0
  private var watch: Watch?

  package init(span: Int64 = Self.span) {
    self.span = span
  }

  /// When ``counted(held:done:most:least:now:)`` is due although nothing happens.
  package var nextDeadline: Int64? { watch.map { $0.since + span } }

  /// Copies to have in hand where `most` are wanted and `least` keep the worker's calls going.
  package func copies(most: Int, least: Int) -> Int {
    if level <= 0 { return max(most >> -level, min(most, least)) }
    return most < Self.minToExceed ? most : min(most << level, Self.maxCopies)
  }

  /// The worker has `held` copies and was done with `done` since this was said before; true if ``copies(most:least:)`` is
  /// another number now.
  package mutating func counted(held: Int, done: Int, most: Int, least: Int, now: Int64) -> Bool {
    let copies = copies(most: most, least: least)
    let isFull = held >= copies
    guard isFull || done > 0 || watch != nil else { return false }
    var watch = watch ?? Watch(since: now, isFull: isFull)
    // Whoever had fewer than it may have is not slow.
    if isFull, !watch.isFull { watch = Watch(since: now, isFull: true) }
    watch.done += done
    let isTurnedOver = watch.done >= 2 * copies
    guard isTurnedOver || now - watch.since >= span else {
      self.watch = watch
      return false
    }
    self.watch = nil
    // Twice what it has in hand took so long.
    let time = isTurnedOver ? now - watch.since : .max
    if level < 0 ? isTurnedOver : time <= span / 10 && most >= Self.minToExceed {
      level = min(level + 1, Self.maxLevel)
    } else if level > 0 {
      if time > span * 2 / 5 { level -= 1 }
    } else if watch.isFull, isFull, watch.done * 2 <= copies, copies > least {
      level -= 1
    }
    return self.copies(most: most, least: least) != copies
  }

  /// The worker is given nothing at present, so that its speed says nothing.
  package mutating func paused() {
    watch = nil
  }
}
