/// Copies of one queue that wait at the same moment travel as one message (`broker.packing`). None waits for another: what is
/// there when a turn ends goes, and one that is alone goes as a message of its own.
extension PublisherMachine {
  var isPacking: Bool { limits.packCopies > 1 }

  /// Something waits for the end of the turn.
  package func isGathering(_ now: Int64) -> Bool {
    isPacking && takesCopies && tags.open < limits.window && tags.room > 0 && (!urgent.isEmpty || prefersSpooled(now))
  }

  /// Everything that came in one go has been handed in: to be said before the shell waits again.
  package mutating func turnEnded(now: Int64, _ actions: inout [PublisherAction]) {
    if isGathering(now) { packWaiting(now, &actions) }
  }

  /// Publishes while the window has room. The copies of a queue keep their order.
  mutating func packWaiting(_ now: Int64, _ actions: inout [PublisherAction]) {
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
