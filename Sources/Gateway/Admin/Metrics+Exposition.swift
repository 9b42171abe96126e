package import Core

extension Metrics {
  /// The body of `GET /metrics`: Prometheus text, `Exposition.contentType`.
  ///
  /// Every family is begun even when it has no sample yet. Request counters appear with their first request, all other
  /// counters at 0, so that a rate sees the first step.
  package func exposition(_ reading: MetricsReading) -> [UInt8] {
    var text = Exposition()
    text.begin(.buildInfo)
    text.sample([Version.current], 1)
    appendEvents(to: &text)
    appendRequests(to: &text)
    appendBroker(reading.broker, to: &text)
    appendSpool(reading.spool, to: &text)
    appendDeliveries(reading, to: &text)
    text.begin(.consoleDropped)
    text.sample(reading.consoleDropped)
    text.begin(.ledgerCopies)
    for ledger in reading.ledgers {
      for state in LedgerState.allCases {
        if let count = ledger.states[state] { text.sample([ledger.store, state.rawValue], count) }
      }
    }
    return text.bytes
  }

  private func appendEvents(to text: inout Exposition) {
    text.begin(.eventsAccepted)
    for (index, domain) in domains.enumerated() {
      for level in Level.allCases {
        for stored in StoredIn.allCases {
          let count = shards.reduce(0) { $0 + $1.domains[index].count(level, stored) }
          text.sample([domain, level.name.description, stored.rawValue], count)
        }
      }
    }
    text.begin(.eventsDuplicate)
    text.sample(shards.reduce(0) { $0 + $1.duplicates })
    text.begin(.eventsRejected)
    for reason in RejectionReason.allCases {
      text.sample([reason.rawValue], shards.reduce(0) { $0 + $1.rejections(reason) })
    }
    text.begin(.eventsTruncated)
    for field in TruncatedField.allCases {
      text.sample([field.rawValue], shards.reduce(0) { $0 + $1.truncations(field) })
    }
  }

  private func appendRequests(to text: inout Exposition) {
    text.begin(.httpRequests)
    for method in HTTPMethod.allCases {
      for path in MetricPath.allCases {
        for status in HTTPStatus.allCases {
          let count = shards.reduce(0) { $0 + $1.requests(method, path, status) }
          guard count > 0 else { continue }
          let method = method == .other ? "other" : method.name.description
          text.sample([method, path.rawValue, "\(status.rawValue)"], count)
        }
      }
    }
    text.begin(.httpRequestSeconds)
    text.histogram([], shards.reduce(into: .empty) { $0 += $1.requestSeconds })
    text.begin(.httpConnections)
    text.sample(shards.reduce(0) { $0 + $1.openConnections })
  }

  private func appendBroker(_ broker: MetricsReading.Broker?, to text: inout Exposition) {
    text.begin(.publishConfirmSeconds)
    if let broker { text.histogram([], broker.confirmSeconds) }
    text.begin(.brokerConnected)
    if let broker { text.sample(broker.isConnected ? 1 : 0) }
    text.begin(.brokerBlocked)
    if let broker { text.sample(broker.isBlocked ? 1 : 0) }
    text.begin(.brokerReconnects)
    if let broker { text.sample(broker.reconnects) }
    text.begin(.ledgerPublishes)
    for state in PublishState.allCases {
      if let broker { text.sample([state.rawValue], broker.ledger.count(state)) }
    }
  }

  private func appendSpool(_ spool: MetricsReading.Spool, to text: inout Exposition) {
    text.begin(.spoolEvents)
    text.sample(spool.events)
    text.begin(.spoolBytes)
    text.sample(spool.bytes)
    text.begin(.spoolOldestSeconds)
    text.sample(spool.oldestSeconds)
  }

  private func appendDeliveries(_ reading: MetricsReading, to text: inout Exposition) {
    text.begin(.deliveries)
    // Both workers may report the console; a series may be written only once.
    var counts: [[String]: Int] = [:]
    for entry in reading.deliveries {
      counts[[entry.sink.rawValue, entry.domain, entry.outcome.rawValue], default: 0] += entry.count
    }
    for (labels, count) in counts.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      text.sample(labels, count)
    }
    text.begin(.deliverySeconds)
    let hasWebhook = reading.queues.contains { $0.name.sink == .webhook }
    for sink in DeliverySink.allCases where sink != .webhook || hasWebhook {
      text.histogram([sink.rawValue], callSeconds(sink))
    }
    text.begin(.deadLetters)
    for queue in reading.queues { text.sample([queue.name.sink.rawValue, queue.name.domain], queue.dead) }
    text.begin(.queueMessages)
    for queue in reading.queues { text.sample([queue.name.description], queue.messages) }
    text.begin(.sinkBreakerOpen)
    for queue in reading.queues {
      text.sample([queue.name.sink.rawValue, queue.name.domain], queue.isBreakerOpen ? 1 : 0)
    }
  }
}
