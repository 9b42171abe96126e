/// The service that a queue feeds. Raw values are the labels of metrics and configuration.
package enum Sink: String, CaseIterable, Sendable, Hashable {
  case logbeacon
  case telegram

  /// What follows the domain in the queue's name (the guide's chapter 6).
  package var queueSuffix: String {
    switch self {
    case .logbeacon: "logbeacon"
    case .telegram: "tg"
    }
  }
}

/// One queue: `{domain}_logbeacon` or `{domain}_tg`.
package struct QueueName: Hashable, Sendable, CustomStringConvertible {
  package let domain: String
  package let sink: Sink

  /// AMQP's names have at most 255 bytes, of which `beacongate.{domain}_tg.lock` leaves this to the domain.
  package static let maxDomainBytes = 236

  package init(domain: String, sink: Sink) {
    self.domain = domain
    self.sink = sink
  }

  package var description: String { "\(domain)_\(sink.queueSuffix)" }
}

/// The audience of a copy on a `_tg` queue; raw values are the body's `target`.
package enum Audience: String, CaseIterable, Sendable, Hashable {
  case developer
  case customer
}

/// A queue of a configured domain by number, for the way of an event, where a string would cost.
package struct QueueID: Hashable, Sendable {
  /// `domain * 2 + sink`; the domain's index is its place in `domains` of the configuration.
  package let rawValue: Int

  package init(domain: Int, sink: Sink) {
    rawValue = domain * 2 + (sink == .logbeacon ? 0 : 1)
  }

  package var domain: Int { rawValue / 2 }
  package var sink: Sink { rawValue % 2 == 0 ? .logbeacon : .telegram }
}
