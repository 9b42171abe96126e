/// The service that a queue feeds. Raw values are the labels of metrics and configuration.
package enum Sink: String, CaseIterable, Sendable, Hashable {
  case logbeacon
  case telegram
  /// Only where a domain gives it an address; see `Settings.sinks`.
  case webhook

  /// What follows the domain in the queue's name (the guide's chapter 6).
  package var queueSuffix: String {
    switch self {
    case .logbeacon: "logbeacon"
    case .telegram: "tg"
    case .webhook: "webhook"
    }
  }
}

/// One queue: `{domain}_logbeacon`, `{domain}_tg` or `{domain}_webhook`.
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

/// A queue of a configured domain by number, for the way of an event, where a string would cost: its place in the
/// settings' `queueNames`.
package struct QueueID: Hashable, Sendable {
  package let rawValue: Int

  /// `domain` is its place in `domains` of the configuration, `domains` how many there are. The queues that every gateway
  /// has come first, two for each domain; those of the webhook follow, so that without it nothing is numbered otherwise.
  package init(domain: Int, sink: Sink, domains: Int = 1) {
    switch sink {
    case .logbeacon: rawValue = domain * 2
    case .telegram: rawValue = domain * 2 + 1
    case .webhook: rawValue = domains * 2 + domain
    }
  }

  package init(place: Int) {
    rawValue = place
  }
}
