/// A copy that a queue has handed to a worker and that the worker has not settled yet.
package struct Delivery: Sendable, Equatable {
  /// Names this copy within its queue until it is settled.
  package let tag: UInt64
  package let queue: QueueName
  /// The event id, with `.developer` or `.customer` on a `_tg` queue; with an older producer whatever it called it.
  package let messageID: String
  /// How many attempts have failed so far; 0 on first delivery.
  package let attempt: Int
  /// The JSON body of contracts.md §6.
  package let body: [UInt8]
  /// `x-digest`: of what the client sent, if it gave the id.
  package let digest: ContentDigest?
  /// It was set aside before: it comes out of the parked copies.
  package let isParked: Bool
  /// The broker has given it out before.
  package let isRedelivered: Bool
  /// An operator has sent it once more: it is delivered, whatever was delivered before.
  package let isReplayed: Bool
  /// What it was set aside for; `nil` if it was not.
  package let lane: String?
  /// Since when it waits in this process's store; Unix milliseconds, `nil` for a copy that comes from the broker.
  package let storedAt: Int64?

  package init(
    tag: UInt64, queue: QueueName, messageID: String, attempt: Int, body: [UInt8], digest: ContentDigest? = nil,
    isParked: Bool = false, isRedelivered: Bool = false, isReplayed: Bool = false, lane: String? = nil,
    storedAt: Int64? = nil
  ) {
    self.tag = tag
    self.queue = queue
    self.messageID = messageID
    self.attempt = attempt
    self.body = body
    self.digest = digest
    self.isParked = isParked
    self.isRedelivered = isRedelivered
    self.isReplayed = isReplayed
    self.lane = lane
    self.storedAt = storedAt
  }
}

/// What becomes of a delivered copy. Every delivery gets exactly one.
package enum Settlement: Sendable, Equatable {
  /// The sink has it; the copy is deleted.
  case delivered
  /// Its sink is declared unwanted; the copy is deleted and counted as disabled.
  case disabled
  /// The sink has an equal copy; this one is deleted.
  case duplicate
  /// It must wait: stored again with its due time, then given out once that has come.
  case parked(Parking)
  /// Given up: it becomes a dead letter with its reason, never dropped.
  case dead(DeathNote)
  /// Not touched after all (shutdown, pause): ready again at once, attempts unchanged.
  case returned

  /// The copy is not delivered again.
  package var isFinal: Bool {
    switch self {
    case .delivered, .disabled, .duplicate, .dead: true
    case .parked, .returned: false
    }
  }
}

/// Why and how long a copy waits.
package struct Parking: Sendable, Equatable {
  /// When it may be given out again; Unix time in milliseconds.
  package let dueAt: Int64
  /// The key or chat that it waits for; copies of one lane can be made due together.
  package let lane: String
  /// Failed attempts so far.
  package let attempt: Int

  package init(dueAt: Int64, lane: String, attempt: Int) {
    self.dueAt = dueAt
    self.lane = lane
    self.attempt = attempt
  }

  /// The due time of a copy that sleeps: it comes when it is woken, or with the next start. The year 9999.
  package static let asleep: Int64 = 253_402_300_799_999

  /// It waits for a digest that counts it.
  package var isGrouped: Bool { lane.hasPrefix(DigestLane.prefix) }
}

/// What a dead letter says of its end: the `x-…` headers of contracts.md §6.
package struct DeathNote: Sendable, Equatable {
  package let reason: DeathReason
  package let attempt: Int
  /// The last HTTP status, 0 when there was no answer.
  package let lastStatus: Int
  /// The last error or answer, cut, without secrets.
  package let lastError: String

  package init(reason: DeathReason, attempt: Int, lastStatus: Int, lastError: String) {
    self.reason = reason
    self.attempt = attempt
    self.lastStatus = lastStatus
    self.lastError = lastError
  }
}

/// The closed set of reasons for which a copy is buried; raw values are `x-reason`.
package enum DeathReason: String, CaseIterable, Sendable {
  /// The sink refused it for good (a 4xx that no retry mends).
  case rejected
  /// `retry.max_attempts` attempts failed.
  case attemptsExhausted = "attempts_exhausted"
  /// The body is not a queue message.
  case unreadable
}
