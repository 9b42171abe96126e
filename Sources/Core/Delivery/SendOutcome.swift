/// What a sink's answer, or its silence, means for the copy that was sent.
package enum SendOutcome: Sendable, Equatable {
  /// The sink has it. `proven`: it was sent with the credentials that are current now.
  case delivered(proven: Bool)
  /// The sink refuses this copy for good.
  case rejected(SendFailure)
  /// It may work later; `retryAfter` is the least wait that the sink asked for, in milliseconds.
  case failed(SendFailure, fault: Fault, retryAfter: Int64?)
  /// The credentials were renewed meanwhile: to be sent once more at once. No attempt.
  case again(SendFailure)
  /// The lane's own key or chat is refused: the lane pauses and is probed after so many milliseconds. No attempt.
  case laneRefused(SendFailure, probeAfter: Int64)
  /// The credentials of the whole sink, or its address, are wrong: the queue pauses. No attempt.
  case sinkRefused(SendFailure, probeAfter: Int64)
  /// The lane is called too often: no call to it for so many milliseconds. No attempt.
  case limited(SendFailure, retryAfter: Int64)

  /// Whose failure it was, as far as one can tell.
  package enum Fault: Sendable, Equatable {
    /// The service answered this one request: whatever else is wrong, the copy had its attempt.
    case message
    /// The request went out and no answer came: nobody knows whether for this copy or for all.
    case silence
    /// Nothing could be sent at all: no address, no connection, no TLS.
    case sink
  }
}

/// Why a copy was not delivered: the HTTP status, 0 when there was no answer, and a text without secrets, cut.
package struct SendFailure: Sendable, Equatable {
  package let status: Int
  package let text: String

  package init(status: Int, text: String) {
    self.status = status
    self.text = text
  }
}
