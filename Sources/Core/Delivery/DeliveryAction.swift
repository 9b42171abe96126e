/// A copy as the machine sees it: where it came from and whom it waits for, not what it says.
///
/// A value in the shape of an object, since it is handed on often and has many parts.
package final class HeldCopy: Sendable, Equatable {
  /// The worker's number for it; rises with every delivery, so it is also the order of age.
  package let ticket: UInt64
  /// Index into the machine's queues.
  package let queue: Int
  package let messageID: String
  /// Attempts that have failed so far.
  package let attempt: Int
  package let lane: LaneID
  package let kind: LaneKind
  /// `nil`: it is always a message of its own.
  package let packing: Packing?
  /// Its row in the store, which is its place in an ordered lane.
  package let row: UInt64

  package init(
    ticket: UInt64, queue: Int, messageID: String, attempt: Int, lane: LaneID, kind: LaneKind,
    packing: Packing? = nil, row: UInt64 = 0
  ) {
    self.ticket = ticket
    self.queue = queue
    self.messageID = messageID
    self.attempt = attempt
    self.lane = lane
    self.kind = kind
    self.packing = packing
    self.row = row
  }

  package static func == (left: HeldCopy, right: HeldCopy) -> Bool {
    left.ticket == right.ticket && left.queue == right.queue && left.messageID == right.messageID
      && left.attempt == right.attempt && left.lane == right.lane && left.kind == right.kind
      && left.packing == right.packing && left.row == right.row
  }
}

/// What the worker is to do. Every ticket is settled exactly once.
package enum DeliveryAction: Sendable, Equatable {
  /// Send the copy; its outcome is awaited.
  case send(ticket: UInt64)
  /// Send these copies, the oldest first, in one message; the outcome of its first is awaited.
  case sendPacked([UInt64])
  case settle(ticket: UInt64, Settlement)
  /// Take copies of the queue; a probing queue takes a handful, of which one is tried.
  case consume(queue: Int, probing: Bool)
  case cancel(queue: Int)
  /// Make what is parked for the lane due now.
  case release(queue: Int, lane: String)
  /// Make the oldest copies that are parked for the ordered lane due now, at most `limit`; ``DeliveryMachine/woken(_:rows:hasMore:now:)``
  /// is to be told which.
  case wake(LaneID, queue: Int, limit: Int)
  case report(DeliveryReport)
}

/// A change of state that an operator wants to read of, once.
package enum DeliveryReport: Sendable, Equatable {
  case breakerOpened(queue: Int, SendFailure)
  case breakerClosed(queue: Int)
  case lanePaused(LaneID, queue: Int, SendFailure)
  case laneResumed(LaneID, queue: Int)
}

/// How one queue stands, for health and metrics.
package struct DeliveryStatus: Sendable, Equatable {
  package var isBreakerOpen = false
  /// Keys or chats that were refused and are being probed.
  package var pausedLanes = 0

  package init() {}
}
