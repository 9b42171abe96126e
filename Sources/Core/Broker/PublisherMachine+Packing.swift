/// Copies of one queue that are published at the same moment travel as one message (`broker.packing`); one that is alone goes as a
/// message of its own.
extension PublisherMachine {
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
