/// `GET /api/status`: health, queues, deliveries and the ledger at one moment (contracts.md §5, §11); `application/json`.
///
/// Its figures are those of `/metrics`, with the same names and the same bounded sets.
package struct StatusDocument: Sendable, Equatable {
  package let body: [UInt8]

  package init(_ health: HealthReading, _ reading: MetricsReading) {
    var writer = HealthWriter(audience: .operators)
    writer.open()
    writer.health(health)
    writer.open("events")
    writer.member("accepted", reading.intake.accepted)
    writer.member("duplicate", reading.intake.duplicate)
    writer.member("rejected", reading.intake.rejected)
    writer.close()
    writer.member("connections", reading.intake.connections)
    writer.open("spool")
    writer.member("events", reading.spool.events)
    writer.member("bytes", reading.spool.bytes)
    writer.member("oldest_seconds", reading.spool.oldestSeconds)
    writer.close()
    writer.openList("queues")
    for queue in reading.queues {
      writer.open()
      writer.member("name", queue.name.description)
      writer.member("domain", queue.name.domain)
      writer.member("sink", queue.name.sink.rawValue)
      writer.member("messages", queue.messages)
      writer.member("dead", queue.dead)
      writer.member("breaker_open", queue.isBreakerOpen)
      writer.member("paused", queue.pausedLanes)
      writer.close()
    }
    writer.closeList()
    writer.openList("deliveries")
    for deliveries in reading.deliveries {
      writer.open()
      writer.member("sink", deliveries.sink.rawValue)
      writer.member("domain", deliveries.domain)
      writer.member("outcome", deliveries.outcome.rawValue)
      writer.member("count", deliveries.count)
      writer.close()
    }
    writer.closeList()
    if let broker = reading.broker {
      writer.open("broker")
      writer.member("connected", broker.isConnected)
      writer.member("blocked", broker.isBlocked)
      writer.member("reconnects", broker.reconnects)
      writer.close()
    }
    writer.ledger(reading)
    writer.close()
    body = writer.bytes
  }
}

extension HealthWriter {
  fileprivate mutating func ledger(_ reading: MetricsReading) {
    open("ledger")
    for ledger in reading.ledgers {
      open(ledger.store)
      for state in LedgerState.allCases { member(state.rawValue, ledger.states[state, default: 0]) }
      close()
    }
    if let broker = reading.broker {
      open("publishes")
      for state in PublishState.allCases { member(state.rawValue, broker.ledger.count(state)) }
      close()
    }
    close()
  }
}
