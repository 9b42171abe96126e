/// A header of a queue's messages (contracts.md §6); raw values are the names on the wire.
package enum MessageHeader: String, CaseIterable, Sendable {
  /// Attempts that have failed.
  case attempt = "x-attempt"
  /// SHA-256 of what a client sent under an id of its own, in hex.
  case digest = "x-digest"
  /// The place in a distributed trace that the request of the event named.
  case traceparent
  /// Why a dead letter was given up; a `DeathReason`.
  case reason = "x-reason"
  /// The last HTTP status, 0 without an answer.
  case lastStatus = "x-last-status"
  case lastError = "x-last-error"
  /// RFC 3339, UTC.
  case diedAt = "x-died-at"

  /// What a copy carries that is to be delivered.
  package static let ofCopies: [MessageHeader] = [.attempt, .digest, .traceparent]
  package static let ofDeadLetters: [MessageHeader] = [
    .attempt, .digest, .traceparent, .reason, .lastStatus, .lastError, .diedAt,
  ]

  /// Scalars of `lastError`.
  package static let maxErrorScalars = 1000
}
