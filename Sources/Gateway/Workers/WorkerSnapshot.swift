package import Core

/// What a worker says of itself: for health, metrics and the dashboard.
package struct WorkerSnapshot: Sendable, Equatable {
  package let sink: Sink
  /// One for each domain, in the order of the settings.
  package var queues: [Queue]

  package struct Queue: Sendable, Equatable {
    package let name: QueueName
    package var condition: SinkCondition
    /// The last change of `condition`; Unix milliseconds.
    package var since: Int64
    /// The last failure, without secrets; empty once deliveries succeed again.
    package var note = ""
    package var isBreakerOpen = false
    /// Keys or chats that are refused and probed.
    package var pausedLanes = 0
    package var counts = Counts()
  }

  /// Since the process began.
  package struct Counts: Sendable, Equatable {
    /// To the service.
    package var delivered = 0
    /// To the console in the service's place.
    package var stoodIn = 0
    /// Attempts; the copies wait for another.
    package var failed = 0
    package var dead = 0
    package var disabled = 0
    /// Not sent, since an equal copy was delivered before.
    package var duplicate = 0
  }

  /// The worst queue's condition, as a health check.
  package var check: HealthReading.Check<SinkCondition> {
    let order: [SinkCondition] = [.breakerOpen, .paused, .missing, .failing, .delivering, .console, .unwanted]
    let rank = { (queue: Queue) in order.firstIndex(of: queue.condition) ?? order.count }
    guard let worst = queues.min(by: { rank($0) < rank($1) }) else { return HealthReading.Check(.missing) }
    return HealthReading.Check(worst.condition, since: worst.since, note: worst.note)
  }

  /// The counts as metrics show them.
  package var deliveries: [MetricsReading.Deliveries] {
    let own = DeliverySink(sink)
    return queues.flatMap { queue in
      let domain = queue.name.domain
      return [
        (own, .delivered, queue.counts.delivered), (own, .failed, queue.counts.failed),
        (own, .dead, queue.counts.dead), (own, .disabled, queue.counts.disabled),
        (own, .duplicate, queue.counts.duplicate),
        (.console, .delivered, queue.counts.stoodIn),
      ].map { (sink: DeliverySink, outcome: DeliveryOutcome, count: Int) in
        MetricsReading.Deliveries(sink: sink, domain: domain, outcome: outcome, count: count)
      }
    }
  }
}
