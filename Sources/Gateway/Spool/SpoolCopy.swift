import Core

/// A copy as a queue file holds it, for people who look at the file.
package struct SpoolCopy: Sendable {
  package enum State: String, Sendable, CaseIterable {
    /// Ready, or given out and not settled.
    case waiting
    /// Set aside until its due time.
    case parked
    /// A dead letter.
    case dead
  }

  package let sequence: Int64
  package let state: State
  let id: [UInt8]
  let audience: Audience?
  let body: [UInt8]
  /// Of what the client sent, if it gave the id.
  let digest: ContentDigest?
  /// Arrival, Unix milliseconds.
  package let storedAt: Int64
  package let attempt: Int
  /// When a parked copy may be tried again, Unix milliseconds.
  let dueAt: Int64?
  let death: Death?
  /// False: its bytes are not those that were stored.
  package let isIntact: Bool

  struct Death: Sendable {
    let reason: String
    let lastStatus: Int64
    let lastError: String
    let diedAt: Int64
  }

  init(_ row: EmbeddedRow, _ state: State, dueAt: Int64? = nil, death: Death? = nil) {
    sequence = row.sequence
    self.state = state
    id = row.id
    audience = row.audience
    body = row.body
    digest = row.digest
    storedAt = row.at
    attempt = row.attempt
    isIntact = row.isIntact
    self.dueAt = dueAt
    self.death = death
  }

  /// The number of its queue.
  package var queue: Int64 { sequence >> EmbeddedSchema.sequenceBits }
}

/// A queue as its file knows it.
package struct SpoolQueue: Sendable {
  package let number: Int64
  package let name: String
  package let domain: String
  /// `nil` where the file does not give its totals back.
  let counters: QueueCounters?
}

/// A stretch of a table that cannot be read; the copies of these numbers may be lost.
package struct SpoolGap: Sendable, Equatable {
  package let table: String
  package let sequences: ClosedRange<Int64>
}
