package import Core

/// A copy that came from the broker and is to be kept here.
package struct ForeignCopy: Sendable, Equatable {
  package let queue: QueueName
  /// Whatever its publisher called it; it comes back exactly as it is.
  package let messageID: String
  /// Failed attempts so far.
  package let attempt: Int
  package let body: [UInt8]
  /// `x-digest`, if it had one.
  package let digest: ContentDigest?
  /// The broker has given it out before, so it may be here already.
  package let isRedelivered: Bool
  /// When it may be given out, Unix milliseconds; a dead letter has no use for it.
  package let dueAt: Int64
  /// The key or chat that it waits for.
  package let lane: String

  package init(
    queue: QueueName, messageID: String, attempt: Int, body: [UInt8], digest: ContentDigest? = nil,
    isRedelivered: Bool = false, dueAt: Int64 = 0, lane: String = ""
  ) {
    self.queue = queue
    self.messageID = messageID
    self.attempt = attempt
    self.body = body
    self.digest = digest
    self.isRedelivered = isRedelivered
    self.dueAt = dueAt
    self.lane = lane
  }
}

extension ForeignCopy {
  /// A delivery of the broker that a worker has parked. A replay goes on without its digest, so that nobody takes it for a
  /// duplicate of what was delivered before.
  package init(_ delivery: Delivery, parking: Parking) {
    self.init(
      queue: delivery.queue, messageID: delivery.messageID, attempt: parking.attempt, body: delivery.body,
      digest: delivery.isReplayed ? nil : delivery.digest, isRedelivered: delivery.isRedelivered, dueAt: parking.dueAt,
      lane: parking.lane)
  }
}
