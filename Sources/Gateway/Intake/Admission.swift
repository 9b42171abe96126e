import Core

/// Looks now and then how full and how late things are, and tells which levels one loop still takes. Confined to the loop.
struct Admission {
  /// Nanoseconds between two looks.
  private static let interval: UInt64 = 20_000_000

  private var machine: OverloadMachine
  private let gate: IntakeGate
  private let queue: any Queue
  private var lookedAt: UInt64 = 0

  init(_ parts: IntakeParts) {
    machine = OverloadMachine(confirmTimeout: parts.settings.broker.confirmTimeout)
    gate = parts.gate
    queue = parts.queue
  }

  var isShedding: Bool { !machine.takes(.debug) }

  func takes(_ level: Level) -> Bool { machine.takes(level) }

  /// `oldest`: since when the oldest batch of this loop has been waiting.
  mutating func turnBegan(at now: UInt64, oldest: UInt64?) {
    guard now &- lookedAt >= Self.interval else { return }
    lookedAt = now
    let lag = oldest.map { now > $0 ? Duration.nanoseconds(now - $0) : .zero } ?? .zero
    machine.observed(OverloadMachine.Reading(memory: gate.fill, store: queue.fill, lag: lag), at: now)
  }
}
