/// Packing: when the oldest copy that waits for a chat has waited for two minutes, those behind it go in its message.
///
/// A copy whose turn would come later than that is promised one together with others, and so they come back together. A
/// message that the sink refuses for good is taken apart: who of them is to blame shows when each is sent alone.
extension DeliveryMachine {
  /// A turn that several copies of a lane were promised.
  struct SharedTurn: Sendable {
    let at: Int64
    let queue: Int
    let kind: UInt8
    var copies = 1
  }

  /// At `unix`, Unix milliseconds, the copy has waited so long that it is packed.
  func isOverdue(_ copy: HeldCopy, lane: Int, at unix: Int64) -> Bool {
    guard let packing = copy.packing, unix - packing.since >= Packing.age else { return false }
    return !lanes[lane].apart.contains(copy.messageID)
  }

  /// The lane's next message will be packed and has room for `copy`.
  func ridesAlong(_ copy: HeldCopy, lane: Int, now: Moment) -> Bool {
    guard let head = lanes[lane].waiting.first, isOverdue(head, lane: lane, at: now.unix) else { return false }
    return lanes[lane].waiting.count < Packing.maxCopies && goTogether(head, copy, lane: lane)
  }

  private func goTogether(_ head: HeldCopy, _ copy: HeldCopy, lane: Int) -> Bool {
    copy.queue == head.queue && copy.packing?.kind == head.packing?.kind
      && !lanes[lane].apart.contains(copy.messageID)
  }

  /// The turn that others of the lane were promised and that has room for `copy`.
  mutating func joinedTurn(of copy: HeldCopy, lane: Int, now: Int64) -> Int64? {
    guard let shared = lanes[lane].sharedTurn, shared.copies < Packing.maxCopies, shared.at > now + Self.moment,
      shared.queue == copy.queue, shared.kind == copy.packing?.kind, !lanes[lane].apart.contains(copy.messageID)
    else { return nil }
    lanes[lane].sharedTurn?.copies += 1
    return shared.at
  }

  /// `copy` was promised the turn at `turn`; others may join it if it will be overdue by then.
  mutating func openTurn(of copy: HeldCopy, lane: Int, at turn: Int64, now: Moment) {
    guard let packing = copy.packing, isOverdue(copy, lane: lane, at: now.unix(at: turn)) else { return }
    lanes[lane].sharedTurn = SharedTurn(at: turn, queue: copy.queue, kind: packing.kind)
  }

  /// Takes from the lane's line what goes in the message of `head`.
  mutating func takeRiders(of head: HeldCopy, lane: Int, now: Moment) -> [HeldCopy] {
    guard isOverdue(head, lane: lane, at: now.unix) else { return [] }
    var riders: [HeldCopy] = []
    while riders.count < Packing.maxCopies - 1, let next = lanes[lane].waiting.first,
      goTogether(head, next, lane: lane), let rider = lanes[lane].waiting.removeFirst()
    {
      riders.append(rider)
    }
    return riders
  }

  /// The message was refused for good: its copies are sent alone, in their order.
  mutating func takeApart(_ flight: Flight, now: Moment) {
    for copy in flight.copies {
      if lanes[flight.lane].apart.count < Self.maxCalled { lanes[flight.lane].apart.insert(copy.messageID) }
      let turn = lanes[flight.lane].nextTurn(from: now.monotonic)
      promise(copy, lane: flight.lane)
      park(copy, lane: flight.lane, until: max(turn, now.monotonic + Self.moment), now: now)
    }
  }
}
