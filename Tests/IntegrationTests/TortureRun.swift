import Fakes
import Simulator

/// Load, one fault after another by the seed, then calm: what the clients were promised is compared with what came.
struct TortureRun {
  static let clients = 5
  /// How long what is owed may take once all faults are over.
  static let calmTimeout = Duration.seconds(180)
  /// The time for ordinary work between two faults, in milliseconds.
  static let longestBreak: UInt64 = 700
  static let longestFault: UInt64 = 2500

  let seed: UInt64
  let ledger: TortureLedger
  let fixture: any TortureFixture
  let port: @Sendable () -> UInt16

  /// Faults for `duration`, then everything must come to rest.
  func run(for duration: Duration) throws -> TortureReport {
    var random = SeededRandom(state: seed)
    try fixture.start()
    let clients = TortureClients(ledger, clients: Self.clients, port: port)
    let end = ContinuousClock.now + duration
    while ContinuousClock.now < end {
      pause(Int(random.next(Self.longestBreak)))
      let (draw, length) = (random.next(), Int(random.next(Self.longestFault)))
      guard let fault = fixture.drawFault(draw) else { break }
      let left = ContinuousClock.now.duration(to: end) / .milliseconds(1)
      try fault.run(min(length, max(1, Int(left))))
      fixture.counts[fault.name, default: 0] += 1
    }
    try fixture.heal()
    let works = probe()
    clients.stop()
    let isCalm = waitUntil(timeout: Self.calmTimeout) { ledger.owed == 0 && fixture.held == 0 }
    let (dead, held) = (fixture.dead, fixture.held)
    fixture.finish()
    return TortureReport(
      seed: seed, balance: ledger.balance, faults: fixture.counts, notes: fixture.notes,
      complaints: fixture.complaints + (works ? [] : ["nothing is accepted once all is well"])
        + (isCalm ? [] : ["\(ledger.owed) copies are still owed"]),
      dead: dead, mayRepeatDead: fixture.mayRepeatDead, held: held)
  }

  /// Events are accepted again once all is well.
  private func probe() -> Bool {
    let before = ledger.accepted
    return waitUntil(timeout: .seconds(20)) { ledger.accepted > before }
  }
}
