/// A dead letter as lists show it.
package struct DeadEntry: Sendable, Equatable {
  package let key: DeadKey
  package let queue: QueueName
  /// The event's.
  package let id: String
  package let audience: Audience?
  /// Unix milliseconds; `nil` where a foreign program does not say.
  package let diedAt: Int64?
  /// A `DeathReason`, or what a foreign program says; may be empty.
  package let reason: String
  package let attempts: Int
  package let lastStatus: Int
  package let lastError: String
  /// Of the body.
  package let bytes: Int

  /// `messageID` is the event id, with the audience behind it on a `_tg` queue.
  package init(
    key: DeadKey, queue: QueueName, messageID: String, audience: Audience? = nil, diedAt: Int64?, reason: String,
    attempts: Int, lastStatus: Int, lastError: String, bytes: Int
  ) {
    let named = queue.sink == .telegram ? Audience.allCases.first { messageID.hasSuffix(".\($0.rawValue)") } : nil
    self.key = key
    self.queue = queue
    self.audience = audience ?? named
    id = audience == nil ? String(messageID.dropLast(named.map { $0.rawValue.count + 1 } ?? 0)) : messageID
    self.diedAt = diedAt
    self.reason = reason
    self.attempts = attempts
    self.lastStatus = lastStatus
    self.lastError = lastError
    self.bytes = bytes
  }
}

extension [UInt8] {
  /// Appends the members of a dead letter, without braces.
  package mutating func append(membersOf entry: DeadEntry) {
    append(#""key":""#)
    append(Array(entry.key.description.utf8).span)
    append(#"","where":""#)
    append(Array(entry.key.place.rawValue.utf8).span)
    append(#"""#)
    append("queue", entry.queue.description)
    append("id", entry.id)
    if let audience = entry.audience { append("audience", audience.rawValue) }
    append(#","died_at":"#)
    if let time = entry.diedAt {
      append(#"""#)
      Timestamp.appendUTC(time, to: &self)
      append(#"""#)
    } else {
      append("null")
    }
    append("reason", entry.reason)
    append("attempts", entry.attempts)
    append("last_status", entry.lastStatus)
    append("last_error", entry.lastError)
    append("bytes", entry.bytes)
  }

  private mutating func append(_ name: StaticString, _ text: String) {
    append(#",""#)
    append(name)
    append(#"":""#)
    append(json: Array(text.utf8).span)
    append(#"""#)
  }

  private mutating func append(_ name: StaticString, _ number: Int) {
    append(#",""#)
    append(name)
    append(#"":"#)
    append(decimal: number)
  }
}
