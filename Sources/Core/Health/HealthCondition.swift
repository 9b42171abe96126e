/// A part's condition: a closed set, each with a sentence that tells a stranger nothing he should not know.
package protocol HealthCondition: Sendable, Equatable, CaseIterable {
  /// The part's own status, `pass` or `warn`; what it means for the process is decided over all parts.
  var status: HealthStatus { get }
  /// No host names, no domains, no counts.
  var sentence: StaticString { get }
}

package enum BrokerCondition: HealthCondition {
  case connected
  /// Not connected.
  case away
  /// Connected, but its confirms do not come.
  case stalled
  /// An alarm of the broker blocks publishing.
  case blocked

  package var status: HealthStatus { self == .connected ? .pass : .warn }

  package var sentence: StaticString {
    switch self {
    case .connected: "The broker is connected."
    case .away: "The broker cannot be reached."
    case .stalled: "The broker is connected, but does not confirm."
    case .blocked: "The broker has raised an alarm and takes nothing."
    }
  }
}

/// The spool, or the embedded queue, which is the same store.
package enum SpoolCondition: HealthCondition {
  case writable
  /// `spool.max_bytes` is reached.
  case full
  /// The disk is full.
  case diskFull
  /// Writing or syncing fails.
  case unwritable

  package var status: HealthStatus { self == .writable ? .pass : .warn }

  package var sentence: StaticString {
    switch self {
    case .writable: "The store on disk takes events."
    case .full: "The store on disk has reached its limit."
    case .diskFull: "The disk is full."
    case .unwritable: "The store on disk cannot be written."
    }
  }
}

package enum SinkCondition: HealthCondition {
  case delivering
  /// The console stands in for a sink that is not configured.
  case console
  /// Declared unwanted by the word `none`.
  case unwanted
  /// The last attempts failed; the breaker is still closed.
  case failing
  /// It fails for everyone and is only probed.
  case breakerOpen
  /// Some keys or chats are paused.
  case paused
  /// The dead letters have reached `dead.max_bytes`.
  case deadLettersFull
  /// Not configured, and nothing stands in: its loop does not run.
  case missing
  /// Copies wait in a queue that nobody has consumed for 5 minutes.
  case unconsumed

  package var status: HealthStatus {
    switch self {
    case .delivering, .console, .unwanted: .pass
    case .failing, .breakerOpen, .paused, .deadLettersFull, .missing, .unconsumed: .warn
    }
  }

  package var sentence: StaticString {
    switch self {
    case .delivering: "Deliveries succeed."
    case .console: "It is not configured; the console shows what would be sent."
    case .unwanted: "It is declared unwanted."
    case .failing: "Deliveries fail and are tried again."
    case .breakerOpen: "It fails for everyone; deliveries wait and it is probed."
    case .paused: "Some keys or chats are paused; their deliveries wait."
    case .deadLettersFull: "The dead letters have reached their limit; deliveries wait."
    case .missing: "It is not configured; its deliveries wait."
    case .unconsumed: "Nobody has taken deliveries from a queue for five minutes."
    }
  }
}
