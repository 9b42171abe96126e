/// A metric's name, type, labels and help: everything about it but its values.
package struct MetricFamily: Sendable, Equatable {
  package enum Kind: String, Sendable {
    case counter, gauge, histogram
  }

  /// With the `beacongate_` prefix; a histogram's without `_bucket`, `_sum`, `_count`.
  package let name: String
  package let kind: Kind
  /// In the order in which samples give their values.
  package let labels: [String]
  package let help: String

  private init(_ name: String, _ kind: Kind, _ labels: [String] = [], _ help: String) {
    self.name = "beacongate_" + name
    self.kind = kind
    self.labels = labels
    self.help = help
  }
}

/// The catalogue of contracts.md §11, written down before it is counted.
extension MetricFamily {
  package static let eventsAccepted = MetricFamily(
    "events_accepted_total", .counter, ["domain", "level", "stored"],
    "Events answered 202, by where their copies are durable.")
  package static let eventsRejected = MetricFamily(
    "events_rejected_total", .counter, ["reason"], "Events not accepted.")
  package static let eventsTruncated = MetricFamily(
    "events_truncated_total", .counter, ["field"], "Accepted events whose field was cut to its limit.")
  package static let eventsDuplicate = MetricFamily(
    "events_duplicate_total", .counter, [], "Events answered 202 as duplicates: not stored again.")
  package static let httpRequests = MetricFamily(
    "http_requests_total", .counter, ["method", "path", "status"], "Requests answered.")
  package static let httpRequestSeconds = MetricFamily(
    "http_request_seconds", .histogram, [], "From a request's last byte to its answer.")
  package static let httpConnections = MetricFamily("http_connections", .gauge, [], "Connections open.")
  package static let publishConfirmSeconds = MetricFamily(
    "publish_confirm_seconds", .histogram, [], "From publishing a copy to the broker's confirm.")
  package static let brokerConnected = MetricFamily(
    "broker_connected", .gauge, [], "1 while the publisher is connected. Absent without a broker.")
  package static let brokerBlocked = MetricFamily(
    "broker_blocked", .gauge, [], "1 while an alarm of the broker blocks publishing. Absent without a broker.")
  package static let brokerReconnects = MetricFamily(
    "broker_reconnects_total", .counter, [], "Connections to the broker made after the first. Absent without a broker.")
  package static let spoolEvents = MetricFamily(
    "spool_events", .gauge, [], "Copies in the spool, or in the embedded queue without a broker.")
  package static let spoolBytes = MetricFamily("spool_bytes", .gauge, [], "Bytes that count against spool.max_bytes.")
  package static let spoolOldestSeconds = MetricFamily(
    "spool_oldest_seconds", .gauge, [], "Age of the oldest copy in the spool; 0 when it is empty.")
  package static let deliveries = MetricFamily(
    "deliveries_total", .counter, ["sink", "domain", "outcome"],
    "Attempts to deliver a copy, and copies settled without one.")
  package static let deliverySeconds = MetricFamily(
    "delivery_seconds", .histogram, ["sink"], "Duration of a call to a sink.")
  package static let deadLetters = MetricFamily(
    "dead_letters", .gauge, ["sink", "domain"], "Dead letters kept, to be looked at, replayed or purged.")
  package static let queueMessages = MetricFamily(
    "queue_messages", .gauge, ["queue"], "Copies in a queue, waiting ones included.")
  package static let sinkBreakerOpen = MetricFamily(
    "sink_breaker_open", .gauge, ["sink", "domain"], "1 while a sink fails for everyone and is only probed.")
  package static let consoleDropped = MetricFamily(
    "console_dropped_total", .counter, [], "Console lines that a full pipe refused.")
  package static let ledgerCopies = MetricFamily(
    "ledger_copies", .gauge, ["store", "state"],
    "What became of every copy ever stored: stored is the sum of the other states, across restarts.")
  package static let ledgerPublishes = MetricFamily(
    "ledger_publishes", .gauge, ["state"],
    "What became of every copy handed to the broker since the process began: published is the sum of the other states.")
  package static let buildInfo = MetricFamily(
    "build_info", .gauge, ["version"], "Always 1; the version is in the label.")

  /// Every family, in the order of the exposition.
  package static let all: [MetricFamily] = [
    buildInfo, eventsAccepted, eventsDuplicate, eventsRejected, eventsTruncated, httpRequests, httpRequestSeconds,
    httpConnections, publishConfirmSeconds, brokerConnected, brokerBlocked, brokerReconnects, ledgerPublishes,
    spoolEvents, spoolBytes,
    spoolOldestSeconds, deliveries, deliverySeconds, deadLetters, queueMessages, sinkBreakerOpen, consoleDropped,
    ledgerCopies,
  ]
}
