package import Core

/// A copy that a worker has given up, as it goes to its queue's `.dead` queue at the broker.
package struct DeadLetter: Sendable, Equatable {
  /// The queue that it came from.
  package let queue: QueueName
  package let messageID: String
  /// `app_id` and `timestamp` (Unix seconds) as it came; `nil`: what the body says.
  package let appID: String?
  package let timestamp: UInt64?
  package let note: DeathNote
  /// Unix milliseconds.
  package let diedAt: Int64
  package let body: [UInt8]
  /// `x-digest`, if the copy had one.
  package let digest: ContentDigest?

  package init(
    queue: QueueName, messageID: String, appID: String? = nil, timestamp: UInt64? = nil, note: DeathNote,
    diedAt: Int64, body: [UInt8], digest: ContentDigest? = nil
  ) {
    self.queue = queue
    self.messageID = messageID
    self.appID = appID
    self.timestamp = timestamp
    self.note = note
    self.diedAt = diedAt
    self.body = body
    self.digest = digest
  }
}

extension QueueName {
  /// Where its dead letters go (contracts.md §6).
  package var deadName: String { "\(self).dead" }
}
