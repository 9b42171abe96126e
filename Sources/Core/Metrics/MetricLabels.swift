/// Where the copies of an accepted event are durable; `stored` in answers and metrics.
package enum StoredIn: String, CaseIterable, Sendable {
  /// Every copy was confirmed by the broker.
  case broker
  /// At least one copy is in the spool; always so with the embedded queue.
  case spool
  /// It has no copy: its level stays local, or its sinks are declared unwanted.
  case none
}

/// Why an event, or a request that should have brought one, was not accepted.
package enum RejectionReason: String, CaseIterable, Sendable {
  /// The bytes are not HTTP as RFC 9112 has it.
  case malformedRequest = "malformed_request"
  /// The body is not JSON, or an item of a batch is not.
  case invalidJSON = "invalid_json"
  /// JSON, but a rule for its fields is broken.
  case invalidEvent = "invalid_event"
  /// The same id with other content.
  case conflict
  case unauthorized
  case forbidden
  case tooLarge = "too_large"
  case mediaType = "media_type"
  /// Header or body did not arrive in time.
  case timeout
  case rateLimited = "rate_limited"
  /// Nothing durable could take it.
  case unavailable
  /// The client's address has `http.max_connections_per_address` connections already.
  case connectionLimit = "connection_limit"
  /// More comes in than can be stored, and its level is not one of those that are shed last.
  case overloaded
  /// The process is shutting down.
  case draining
}

/// A field that is cut to its limit.
package enum TruncatedField: String, CaseIterable, Sendable {
  case message
  case extraInfo = "extra_info"
}

/// Who was called, or stood in.
package enum DeliverySink: String, CaseIterable, Sendable {
  case logbeacon
  case telegram
  case webhook
  /// The console in place of a sink that is not configured.
  case console
}

extension DeliverySink {
  package init(_ sink: Sink) {
    self =
      switch sink {
      case .logbeacon: .logbeacon
      case .telegram: .telegram
      case .webhook: .webhook
      }
  }
}

/// What an attempt came to.
package enum DeliveryOutcome: String, CaseIterable, Sendable {
  case delivered
  /// The attempt failed; the copy waits for another.
  case failed
  /// Given up; the copy is a dead letter.
  case dead
  /// Its sink is declared unwanted.
  case disabled
  /// An equal copy was delivered before; this one was not sent.
  case duplicate
}

/// The paths that are told apart; whatever else a client asks for is `other`, so that the set stays bounded.
package enum MetricPath: String, CaseIterable, Sendable {
  case log = "/log"
  case health = "/health"
  case healthLive = "/health/live"
  case healthReady = "/health/ready"
  case metrics = "/metrics"
  case other
}

/// What became of the copies that were handed to the broker: `published` is the sum of the others, exact at every scrape.
package enum PublishState: String, CaseIterable, Sendable {
  case published
  case confirmed
  case returned
  case nacked
  case timedOut = "timed_out"
  case outstanding
}

/// A state of the ledger: `stored` is the sum of the others, exact at every scrape.
package enum LedgerState: String, CaseIterable, Sendable {
  case stored
  case delivered
  /// Dead letters that are kept.
  case dead
  case disabled
  /// Dead letters that an operator deleted.
  case purged
  /// Handed to the broker with its confirm.
  case republished
  /// Damaged rows, moved to the quarantine folder.
  case quarantined
  case queued
  case inFlight = "in_flight"
  case grouped
}
