import Core
import Foundation
import Testing

@Suite struct StatusDocumentTests {
  private let health = HealthReading(
    role: .all, phase: .running,
    spool: HealthReading.Check(.writable, figures: HealthReading.Figures(events: 2, bytes: 10, limitBytes: 100)))

  private func object(_ reading: MetricsReading) throws -> [String: Any] {
    let body = Data(StatusDocument(health, reading).body)
    return try #require(try JSONSerialization.jsonObject(with: body) as? [String: Any])
  }

  @Test("health, queues, deliveries and every state of the ledger are in one document")
  func everything() throws {
    var reading = MetricsReading()
    reading.spool.events = 2
    reading.queues = [
      MetricsReading.Queue(
        name: QueueName(domain: "a.example", sink: .telegram), messages: 2, dead: 1, isBreakerOpen: true)
    ]
    reading.deliveries = [
      MetricsReading.Deliveries(sink: .telegram, domain: "a.example", outcome: .delivered, count: 7)
    ]
    reading.ledgers = [
      MetricsReading.Ledger(store: "spool", states: [.stored: 10, .delivered: 7, .dead: 1, .grouped: 2])
    ]
    reading.broker = MetricsReading.Broker()
    let object = try object(reading)
    #expect(object["status"] as? String == "pass" && object["role"] as? String == "all")
    #expect((object["checks"] as? [String: Any])?["spool"] != nil)
    let queue = try #require((object["queues"] as? [[String: Any]])?.first)
    #expect(queue["name"] as? String == "a.example_tg" && queue["messages"] as? Int == 2)
    #expect(queue["breaker_open"] as? Bool == true && queue["dead"] as? Int == 1)
    let deliveries = try #require((object["deliveries"] as? [[String: Any]])?.first)
    #expect(deliveries["outcome"] as? String == "delivered" && deliveries["count"] as? Int == 7)
    let ledger = try #require(object["ledger"] as? [String: [String: Int]])
    let spool = try #require(ledger["spool"])
    #expect(Set(spool.keys) == Set(LedgerState.allCases.map(\.rawValue)))
    #expect(spool["stored"] == 10 && spool["grouped"] == 2 && spool["queued"] == 0)
    #expect(spool.values.reduce(0, +) == 20)
    #expect(Set(try #require(ledger["publishes"]).keys) == Set(PublishState.allCases.map(\.rawValue)))
  }

  @Test("without a broker nothing is said of one")
  func embedded() throws {
    let object = try object(MetricsReading())
    #expect(object["broker"] == nil && (object["queues"] as? [Any])?.isEmpty == true)
  }
}
