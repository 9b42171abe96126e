import Core
import Platform

/// What health and metrics say of the broker.
extension BrokerQueue {
  /// How long copies may lie in a queue without a consumer before that is worth a look.
  private static let unconsumedNanoseconds: UInt64 = 300_000_000_000

  /// The publisher's condition; `away` too while a consumer has no connection.
  var check: HealthReading.Check<BrokerCondition> {
    let status = publisher.status
    let away = consumers.values.map(\.status).first { !$0.isConnected }
    if status.condition != .away, let away {
      return HealthReading.Check(.away, since: away.since, note: away.note)
    }
    return HealthReading.Check(status.condition, since: status.since, note: status.note)
  }

  /// Unix milliseconds since when copies have waited in one of `names` without a consumer anywhere, if for too long; `now`
  /// is monotonic nanoseconds.
  func unconsumedSince(_ names: [QueueName], now: UInt64 = Clock.monotonicNanoseconds()) -> Int64? {
    names.compactMap { inspector.depth($0).unconsumedSince }.min().flatMap { since in
      guard now > since, now - since >= Self.unconsumedNanoseconds else { return nil }
      return Clock.unixMilliseconds() - Int64((now - since) / 1_000_000)
    }
  }

  var reading: MetricsReading.Broker {
    let status = publisher.status
    var reading = MetricsReading.Broker()
    reading.isConnected = status.isConnected
    reading.isBlocked = status.isBlocked
    reading.reconnects = status.reconnects
    reading.confirmSeconds = status.confirmSeconds
    reading.ledger = status.ledger
    return reading
  }
}
