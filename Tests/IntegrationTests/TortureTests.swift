import Fakes
import Foundation
import Testing

/// The ledger over the real program. A short run is part of every test run; `make torture` makes it long.
@Suite(.serialized) struct TortureTests {
  /// `make torture` runs what takes too long for every test run.
  static var isLong: Bool { ProcessInfo.processInfo.environment["TORTURE_MINUTES"] != nil }
  /// Without `TORTURE_MINUTES`.
  static let shortRun = Duration.seconds(8)

  @Test("whatever fails, nothing that was answered 202 is lost, and nothing is invented or altered")
  func embeddedQueue() throws {
    try torment { ledger in
      let fixture = try TortureDeployment(ledger)
      return (fixture, fixture.gateway.port)
    }
  }

  @Test("the same with RabbitMQ between, which is killed, frozen and blocked as well")
  func broker() throws {
    try torment { ledger in
      let fixture = try TortureBroker(ledger)
      return (fixture, fixture.deployment.gateway.port)
    }
  }

  private func torment(
    _ make: (TortureLedger) throws -> (any TortureFixture, TortureGateway.SharedPort)
  ) throws {
    let environment = ProcessInfo.processInfo.environment
    let minutes = environment["TORTURE_MINUTES"].flatMap { Double($0) }
    let seed = environment["TORTURE_SEED"].flatMap { UInt64($0) } ?? (minutes == nil ? 1 : UInt64.random(in: 1...9999))
    let ledger = TortureLedger(seed: seed, clients: TortureRun.clients)
    let (fixture, port) = try make(ledger)
    let run = TortureRun(seed: seed, ledger: ledger, fixture: fixture) { port.current }
    let report = try run.run(for: minutes.map { .seconds($0 * 60) } ?? Self.shortRun)
    print(report.text)
    #expect(report.failures == [])
    #expect(report.balance.accepted > 0 && !report.faults.isEmpty)
  }

  @Test("the ledger notices what is lost, invented, altered or delivered twice")
  func ledger() {
    let ledger = TortureLedger(seed: 7, clients: 2)
    let events = (0..<4).map { _ in ledger.begin(1) }
    for event in events.prefix(3) { ledger.answered(event, status: 202) }
    ledger.answered(events[3], status: 503)
    #expect(ledger.owed == 3)
    ledger.delivered(events[0].id, by: .logbeacon) { _ in true }
    ledger.delivered(events[0].id, by: .logbeacon) { _ in true }
    ledger.delivered(events[1].id, by: .logbeacon) { _ in false }
    ledger.delivered("c1-4", by: .logbeacon) { _ in true }
    ledger.delivered("", by: .customer) { _ in true }
    let balance = ledger.balance
    #expect(ledger.owed == 1)
    #expect(balance.missing == ["logbeacon c1-2"])
    #expect(balance.altered == ["logbeacon c1-1"])
    #expect(balance.spurious == ["logbeacon c1-4", "customer "])
    #expect(balance.duplicates == 1 && balance.refused == 1 && balance.accepted == 3)
  }

  @Test("an event is intact only as it was sent")
  func intact() {
    let event = TortureEvent(seed: 3, client: 1, number: 5)
    guard var members = JSONValue(parsing: event.body)?.object else {
      Issue.record("the body is JSON")
      return
    }
    members["domain"] = .string(TortureEvent.domain)
    #expect(event.isIntact(.object(members)))
    members["message"] = .string(event.message + " ")
    #expect(!event.isIntact(.object(members)))
  }
}
