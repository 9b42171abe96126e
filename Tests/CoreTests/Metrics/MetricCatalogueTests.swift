import Core
import Testing

@Suite struct MetricCatalogueTests {
  /// contracts.md §11, and §9 for the console; a name here is not renamed.
  static let contract: [(String, MetricFamily.Kind, [String])] = [
    ("events_accepted_total", .counter, ["domain", "level", "stored"]),
    ("events_rejected_total", .counter, ["reason"]),
    ("events_truncated_total", .counter, ["field"]),
    ("http_requests_total", .counter, ["method", "path", "status"]),
    ("http_request_seconds", .histogram, []),
    ("http_connections", .gauge, []),
    ("publish_confirm_seconds", .histogram, []),
    ("broker_connected", .gauge, []),
    ("broker_blocked", .gauge, []),
    ("broker_reconnects_total", .counter, []),
    ("spool_events", .gauge, []),
    ("spool_bytes", .gauge, []),
    ("spool_oldest_seconds", .gauge, []),
    ("deliveries_total", .counter, ["sink", "domain", "outcome"]),
    ("delivery_seconds", .histogram, ["sink"]),
    ("dead_letters", .gauge, ["sink", "domain"]),
    ("queue_messages", .gauge, ["queue"]),
    ("sink_breaker_open", .gauge, ["sink", "domain"]),
    ("build_info", .gauge, ["version"]),
    ("console_dropped_total", .counter, []),
  ]

  @Test("every metric of the contract is in the catalogue with its type and labels", arguments: contract)
  func catalogued(_ name: String, _ kind: MetricFamily.Kind, _ labels: [String]) throws {
    let family = try #require(MetricFamily.all.first { $0.name == "beacongate_" + name })
    #expect(family.kind == kind)
    #expect(family.labels == labels)
    #expect(!family.help.isEmpty)
  }

  @Test("names are unique, and counters end in _total")
  func names() {
    #expect(Set(MetricFamily.all.map(\.name)).count == MetricFamily.all.count)
    for family in MetricFamily.all {
      #expect(family.name.hasSuffix("_total") == (family.kind == .counter))
    }
  }

  @Test("a bucket holds what is at most its bound, and +Inf the rest")
  func buckets() {
    for index in 0..<HistogramBuckets.count {
      let bound = HistogramBuckets.bounds[index]
      #expect(HistogramBuckets.index(ofNanoseconds: bound) == index)
      #expect(HistogramBuckets.index(ofNanoseconds: bound + 1) == index + 1)
    }
    #expect(HistogramBuckets.index(ofNanoseconds: 0) == 0)
    #expect(HistogramBuckets.index(ofNanoseconds: .max) == HistogramBuckets.count)
  }

  @Test("a ledger balances only if stored is the sum of the rest")
  func ledger() {
    var ledger = MetricsReading.Ledger(
      store: "spool", states: [.stored: 10, .delivered: 6, .dead: 1, .queued: 2, .inFlight: 1])
    #expect(ledger.isBalanced)
    ledger.states[.delivered] = 5
    #expect(!ledger.isBalanced)
  }
}
