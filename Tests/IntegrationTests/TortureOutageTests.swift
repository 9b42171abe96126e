import Fakes
import Foundation
import Testing

/// A broker that is away for minutes, while clients send at a steady rate, costs nobody an answer.
@Suite(.serialized, .enabled(if: TortureTests.isLong)) struct TortureOutageTests {
  /// Events a second of all clients together.
  static let rate = 250
  static let clients = 8

  enum Outage: CaseIterable, Sendable { case killed, frozen }

  /// Five minutes; less when the whole run is to be shorter.
  private var length: Duration {
    let minutes = ProcessInfo.processInfo.environment["TORTURE_MINUTES"].flatMap { Double($0) } ?? 5
    return .seconds(min(minutes, 5) * 60)
  }

  @Test("a broker that is away for minutes: every answer is 202, and nothing is lost", arguments: Outage.allCases)
  func away(outage: Outage) throws {
    let pace = TorturePace(rate: Self.rate, clients: Self.clients)
    let run = try TortureBrokerFaultRun(
      RabbitNode.shared, clients: Self.clients + 1, pace: pace,
      [
        "BEACONGATE_FALLBACK": "direct", "BEACONGATE_FALLBACK_AFTER": "10s", "BEACONGATE_BROKER_CONFIRM_TIMEOUT": "1s",
        "BEACONGATE_BROKER_PREFETCH": "200",
      ])
    #expect(run.goesOn(for: 2000))
    switch outage {
    case .killed: run.node.kill()
    case .frozen: run.node.freeze()
    }
    // The broker stays away that long, and clients send all the time.
    #expect(!waitUntil(timeout: length) { run.ledger.hasOtherAnswers })
    #expect(run.health?.status == "warn")
    switch outage {
    case .killed: try run.node.start()
    case .frozen: run.node.thaw()
    }
    // A broker that was frozen for minutes is busy with those who called meanwhile before it greets anybody.
    let problems = run.settle(
      duplicates: TortureBrokerFaultRun.inFlight + 400, recovery: .seconds(60), within: .seconds(300))
    #expect(problems == [])
    print(
      "  \(outage) for \(length.components.seconds) s at \(Self.rate) events/s: answers within "
        + "\(pace.quantile(0.5)) ms (half), \(pace.quantile(0.99)) ms (99 %), \(pace.quantile(1)) ms (all)")
  }
}
