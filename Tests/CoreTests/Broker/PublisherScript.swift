import Core
import Testing

/// A publisher machine and its clock, for tests that read as a script of events and the actions that they cause.
struct PublisherScript {
  var machine: PublisherMachine
  var now: Int64 = 1_000_000
  private(set) var ticket: UInt64 = 0
  /// Each line of a script is a turn, where copies are not packed.
  private let endsTurns: Bool

  /// Confirms are late after 1000 ms; a link that sends none is cut 40,000 ms after that. Connected.
  init(isConnected: Bool = true, packCopies: Int = 1) {
    var limits = PublisherMachine.Limits()
    limits.packCopies = packCopies
    endsTurns = packCopies == 1
    machine = PublisherMachine(confirmTimeout: 1000, heartbeat: 20_000, limits: limits, now: now)
    if isConnected { _ = act { $0.linkOpened(now: $1, &$2) } }
  }

  /// One event at the present time, and what it causes; the ledger has to balance after each.
  mutating func act(_ event: (inout PublisherMachine, Int64, inout [PublisherAction]) -> Void) -> [PublisherAction] {
    var actions: [PublisherAction] = []
    event(&machine, now, &actions)
    precondition(machine.ledger.isBalanced, "the ledger does not balance: \(machine.ledger)")
    return actions
  }

  /// Copies that were read just now.
  mutating func intake(_ count: Int = 1, bytes: Int = 100) -> [PublisherAction] {
    var actions: [PublisherAction] = []
    for _ in 0..<count {
      ticket += 1
      let ticket = ticket
      actions += act { $0.submitted(ticket, bytes: bytes, .intake(deadline: $1 + 1000), now: $1, &$2) }
    }
    return ended(actions)
  }

  mutating func submit(_ copy: PublisherCopy, count: Int = 1, bytes: Int = 100, lane: Int? = nil) -> [PublisherAction] {
    var actions: [PublisherAction] = []
    for _ in 0..<count {
      ticket += 1
      let ticket = ticket
      actions += act { $0.submitted(ticket, bytes: bytes, lane: lane, copy, now: $1, &$2) }
    }
    return ended(actions)
  }

  private mutating func ended(_ actions: [PublisherAction]) -> [PublisherAction] {
    endsTurns ? actions + endTurn() : actions
  }

  mutating func endTurn() -> [PublisherAction] { act { $0.turnEnded(now: $1, &$2) } }

  mutating func ack(_ tag: UInt64, multiple: Bool = false) -> [PublisherAction] {
    ended(act { $0.acked(tag: tag, multiple: multiple, now: $1, &$2) })
  }

  mutating func nack(_ tag: UInt64, multiple: Bool = false) -> [PublisherAction] {
    ended(act { $0.nacked(tag: tag, multiple: multiple, now: $1, &$2) })
  }

  /// The broker gives back the copies with these tickets.
  mutating func returned(_ tickets: Set<UInt64>) -> Int {
    machine.returned { ticket, _ in tickets.contains(ticket) }
  }

  mutating func lose() -> [PublisherAction] { act { $0.linkLost(now: $1, &$2) } }
  mutating func open() -> [PublisherAction] { act { $0.linkOpened(now: $1, &$2) } }

  mutating func pass(_ milliseconds: Int64) -> [PublisherAction] {
    now += milliseconds
    return ended(act { $0.timePassed(now: $1, &$2) })
  }

  mutating func heldStored(_ ticket: UInt64) -> [PublisherAction] {
    act { machine, _, actions in machine.heldStored(ticket, &actions) }
  }

  /// published, confirmed, returned, nacked, timed out, outstanding.
  var ledger: [Int] {
    let ledger = machine.ledger
    return [
      ledger.published, ledger.confirmed, ledger.returned, ledger.nacked, ledger.timedOut, ledger.outstanding,
    ]
  }

  /// The nine that wait for company beside 20 unconfirmed copies go to the spool when the link is lost or the process stops,
  /// and nothing wakes for them any more.
  static func expectInVain(_ crowded: () -> PublisherScript) {
    var script = crowded()
    #expect(script.lose().count == 30)
    #expect(script.endTurn() == [])
    #expect(script.machine.nextDeadline == nil)
    script = crowded()
    let stopped = script.act { $0.stopped(&$2) }
    #expect(stopped == (21...29).map { .spool(ticket: $0) })
    _ = script.endTurn()
    #expect(script.machine.nextDeadline != script.now + 5)
  }
}

extension PublisherAction {
  static func published(_ ticket: UInt64) -> PublisherAction { .publish(ticket: ticket, tag: ticket) }
}
