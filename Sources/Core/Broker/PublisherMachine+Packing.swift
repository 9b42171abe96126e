/// Copies of one queue that wait at the same moment travel as one message (`broker.packing`). What is there when a turn ends
/// goes, and one that is alone goes as a message of its own.
///
/// While the broker owes the confirms of many, it is the broker that keeps clients waiting, and small messages would only make it
/// slower: then those that come wait until they are half as many, until they fill a message, or for ``maxGathering``.
extension PublisherMachine {
  /// Unconfirmed copies from which on others wait for company.
  static let crowd = 16
  /// How long at most, in milliseconds.
  static let maxGathering: Int64 = 5

  var isPacking: Bool { limits.packCopies > 1 }

  /// Something waits that the end of the turn publishes.
  package func isGathering(_ now: Int64) -> Bool { mayPublish(now) && !awaitsCompany }

  private func mayPublish(_ now: Int64) -> Bool {
    isPacking && takesCopies && tags.open < limits.window && tags.room > 0 && (!urgent.isEmpty || prefersSpooled(now))
  }

  private var awaitsCompany: Bool {
    let waiting = urgent.count + spooled.count
    return ledger.outstanding >= Self.crowd && waiting * 2 < ledger.outstanding && waiting < limits.packCopies
  }

  /// Everything that came in one go has been handed in: to be said before the shell waits again.
  package mutating func turnEnded(now: Int64, _ actions: inout [PublisherAction]) {
    if isGathering(now) {
      packWaiting(now, &actions)
    } else {
      gatherUntil = mayPublish(now) ? gatherUntil ?? now + Self.maxGathering : nil
    }
  }

  /// Publishes while the window has room. The copies of a queue keep their order.
  mutating func packWaiting(_ now: Int64, _ actions: inout [PublisherAction]) {
    gatherUntil = nil
    var taken: [Waiting] = []
    while let waiting = takeWaiting(now, besides: taken.count) { taken.append(waiting) }
    var places = [UInt64](repeating: 0, count: taken.count)
    for pack in packs(taken) {
      for (position, index) in pack.enumerated() {
        places[index] = publish(taken[index], joins: position > 0, now, &actions)
      }
    }
    // Deadlines rise in the order of arrival, not in that of the packs.
    for (place, waiting) in zip(places, taken) where waiting.kind.hasDeadline { due.append(place) }
  }

  /// Indices of what was taken, message by message.
  private func packs(_ taken: [Waiting]) -> [[Int]] {
    var packs: [[Int]] = []
    /// By lane: its last pack, and the bytes in that.
    var open: [Int: (pack: Int, bytes: Int)] = [:]
    for (index, waiting) in taken.enumerated() {
      guard let lane = waiting.lane else {
        packs.append([index])
        continue
      }
      if let last = open[lane], packs[last.pack].count < limits.packCopies,
        last.bytes + waiting.bytes <= limits.packBytes
      {
        packs[last.pack].append(index)
        open[lane] = (last.pack, last.bytes + waiting.bytes)
      } else {
        open[lane] = (packs.count, waiting.bytes)
        packs.append([index])
      }
    }
    return packs
  }
}
