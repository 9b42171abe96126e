package import Core

/// The live registry: what the process has counted since it began, and how a scrape shows it.
package final class Metrics: Sendable {
  let domains: [String]
  /// One per event loop.
  package let shards: [MetricsShard]
  private let deliveries = InlineArray<4, HistogramCounter> { _ in HistogramCounter() }

  /// `domains` in the order of the configuration, by which events name them; `loops` is at least 1.
  package init(domains: [String], loops: Int) {
    self.domains = domains
    shards = (0..<max(1, loops)).map { _ in MetricsShard(domains: domains.count) }
  }

  /// A call to a sink ended, however it did.
  package func called(_ sink: DeliverySink, nanoseconds: Int) {
    deliveries[sink.index].record(nanoseconds: nanoseconds)
  }

  /// Totals of all loops.
  var intake: MetricsReading.Intake {
    var intake = MetricsReading.Intake()
    for shard in shards {
      intake.duplicate += shard.duplicates
      intake.connections += shard.openConnections
      for reason in RejectionReason.allCases { intake.rejected += shard.rejections(reason) }
      for counters in shard.domains {
        for level in Level.allCases {
          for stored in StoredIn.allCases { intake.accepted += counters.count(level, stored) }
        }
      }
    }
    return intake
  }

  func callSeconds(_ sink: DeliverySink) -> HistogramSnapshot { deliveries[sink.index].snapshot() }
}
