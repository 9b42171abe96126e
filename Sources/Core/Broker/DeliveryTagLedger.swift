/// The deliveries of one channel that are not acknowledged yet, and how to acknowledge settled ones with few methods.
///
/// AMQP 0-9-1 numbers deliveries per channel, rising from 1; `basic.ack` with `multiple` settles everything up to its tag
/// (§1.8.3.13). What is settled without a gap from the oldest on goes into one such ack, the rest is acked one by one. A
/// delivery of many copies is settled once all of them are.
package struct DeliveryTagLedger: Sendable, Equatable {
  package struct Ack: Sendable, Equatable {
    package let tag: UInt64
    package let isMultiple: Bool

    package init(tag: UInt64, isMultiple: Bool) {
      self.tag = tag
      self.isMultiple = isMultiple
    }
  }

  private enum State: UInt8, Sendable {
    case outstanding
    case settled
    /// Acked by itself while an older one is outstanding.
    case acked
  }

  /// Rising; what lies before `first` is done with.
  private var tags: [UInt64] = []
  private var states: [State] = []
  /// Copies that are not settled.
  private var left: [Int] = []
  private var first = 0
  private var last: UInt64 = 0
  private var settledCount = 0
  private var ackedCount = 0

  package init() {}

  /// Copies that are not settled; a delivery has one until it is known to have more.
  package private(set) var outstanding = 0

  private var openCount: Int { tags.count - first - settledCount - ackedCount }

  /// Something waits to be acked.
  package var hasSettled: Bool { settledCount > 0 }

  /// A delivery came; false if its tag does not rise, which no broker does.
  package mutating func delivered(_ tag: UInt64) -> Bool {
    guard tag > last else { return false }
    last = tag
    tags.append(tag)
    states.append(.outstanding)
    left.append(1)
    outstanding += 1
    return true
  }

  /// A delivery of which nothing is settled turns out to have so many copies, 1 at least.
  package mutating func opened(_ tag: UInt64, copies: Int) {
    guard let index = index(of: tag), states[index] == .outstanding else { return }
    outstanding += copies - left[index]
    left[index] = copies
  }

  /// Its worker is done with it, or with one of its copies; false if it is unknown or settled already.
  package mutating func settled(_ tag: UInt64) -> Bool {
    guard let index = index(of: tag), states[index] == .outstanding else { return false }
    outstanding -= 1
    left[index] -= 1
    guard left[index] == 0 else { return true }
    states[index] = .settled
    settledCount += 1
    return true
  }

  /// Appends the acks for everything settled since the last call.
  package mutating func takeAcks(into acks: inout [Ack]) {
    guard settledCount > 0 else { return }
    var count = 0
    var newest: UInt64 = 0
    while first < tags.count, states[first] != .outstanding {
      if states[first] == .settled {
        count += 1
        newest = tags[first]
      } else {
        ackedCount -= 1
      }
      first += 1
    }
    if count > 0 { acks.append(Ack(tag: newest, isMultiple: count > 1)) }
    settledCount -= count
    var index = first
    while settledCount > 0 {
      if states[index] == .settled {
        states[index] = .acked
        acks.append(Ack(tag: tags[index], isMultiple: false))
        settledCount -= 1
        ackedCount += 1
      }
      index += 1
    }
    compact()
  }

  private func index(of tag: UInt64) -> Int? {
    guard first < tags.count, tag >= tags[first] else { return nil }
    // Without gaps the place follows from the tag.
    let guess = first + Int(clamping: tag - tags[first])
    if guess < tags.count, tags[guess] == tag { return guess }
    var low = first
    var high = tags.count
    while low < high {
      let middle = low + (high - low) / 2
      if tags[middle] < tag { low = middle + 1 } else { high = middle }
    }
    return low < tags.count && tags[low] == tag ? low : nil
  }

  /// Memory stays in proportion to what is outstanding, however long the oldest stays.
  private mutating func compact() {
    if ackedCount > openCount + 64 {
      let kept = (first..<tags.count).filter { states[$0] != .acked }
      tags = kept.map { tags[$0] }
      states = kept.map { states[$0] }
      left = kept.map { left[$0] }
      first = 0
      ackedCount = 0
    } else if first == tags.count {
      tags.removeAll(keepingCapacity: true)
      states.removeAll(keepingCapacity: true)
      left.removeAll(keepingCapacity: true)
      first = 0
    } else if first > 1024, first > tags.count / 2 {
      tags.removeFirst(first)
      states.removeFirst(first)
      left.removeFirst(first)
      first = 0
    }
  }
}
