import Core
import Simulator

/// One queue with the manners of the embedded one (parked copies that are due first), one service that is down until a
/// time and always refuses copies whose id begins with `bad`, and a clock that jumps from event to event.
struct OutageRun {
  private struct Row {
    let id: String
    let addedAt: Int64
    var attempt: Int
    var dueAt: Int64?
    var lane = ""
    var ticket: UInt64?
  }

  /// Milliseconds since the run began.
  var downUntil: Int64 = 0
  var fault = SendOutcome.Fault.message
  private(set) var delivered: [String] = []
  private(set) var dead: [String: DeathNote] = [:]
  /// Calls made, by id.
  private(set) var calls: [String: Int] = [:]

  private var machine: DeliveryMachine
  private var random: SeededRandom
  private var now: Int64 = 0
  private var rows: [Row] = []
  private var prefetch = 0
  private var lastTicket: UInt64 = 0
  private var flying: [UInt64] = []

  init(
    seed: UInt64, retry: RetryPolicy = RetryPolicy(maxAttempts: 12, backoff: Backoff(delay: 2000, maxDelay: 600_000))
  ) {
    random = SeededRandom(state: seed)
    machine = DeliveryMachine(limits: [16], retry: retry)
    perform(machine.started(queues: [0]))
  }

  mutating func add(_ id: String, at time: Int64, attempt: Int = 0) {
    rows.append(Row(id: id, addedAt: time, attempt: attempt, dueAt: attempt > 0 ? time : nil))
  }

  /// Runs to `end`; every call takes a millisecond.
  mutating func play(until end: Int64) {
    while true {
      give()
      if flying.isEmpty {
        let waits = rows.compactMap { $0.ticket == nil ? max($0.addedAt, $0.dueAt ?? 0) : nil }.filter { $0 > now }
        let next = min(machine.nextDeadline.map { max($0, now + 1) } ?? .max, waits.min() ?? .max)
        guard next < end else { break }
        now = next
      } else {
        guard now + 1 < end else { break }
        now += 1
        let landing = flying
        flying = []
        for ticket in landing {
          perform(machine.completed(ticket, outcome(ticket), now: moment, random: random.next()))
        }
      }
      perform(machine.timePassed(moment))
    }
    now = max(now, end - 1)
  }

  private var moment: Moment { Moment(monotonic: now, unix: now) }

  private func outcome(_ ticket: UInt64) -> SendOutcome {
    guard let row = rows.first(where: { $0.ticket == ticket }) else { return .done }
    if now < downUntil { return .failed(.down, fault: fault, retryAfter: nil) }
    return row.id.hasPrefix("bad") ? .down : .done
  }

  private mutating func give() {
    while true {
      let credit = prefetch - rows.count { $0.ticket != nil }
      let free = rows.indices.filter { rows[$0].ticket == nil && max(rows[$0].addedAt, rows[$0].dueAt ?? 0) <= now }
      let parked = free.filter { rows[$0].dueAt != nil }.sorted { rows[$0].dueAt ?? 0 < rows[$1].dueAt ?? 0 }
      let taken = (parked + free.filter { rows[$0].dueAt == nil }).prefix(max(0, credit))
      guard !taken.isEmpty else { return }
      var copies: [HeldCopy] = []
      for index in taken {
        lastTicket += 1
        rows[index].ticket = lastTicket
        copies.append(
          HeldCopy(
            ticket: lastTicket, queue: 0, messageID: rows[index].id, attempt: rows[index].attempt,
            lane: LaneID(scope: "s", name: "p"), kind: .pair))
      }
      perform(machine.delivered(copies, now: moment))
    }
  }

  private mutating func perform(_ actions: [DeliveryAction]) {
    for action in actions {
      switch action {
      case .sendPacked, .wake: break
      case .send(let ticket):
        flying.append(ticket)
        if let row = rows.first(where: { $0.ticket == ticket }) { calls[row.id, default: 0] += 1 }
      case .settle(let ticket, let settlement): settle(ticket, settlement)
      case .consume(_, let probing): prefetch = probing ? DeliveryMachine.handful : 200
      case .cancel: prefetch = 0
      case .release(_, let lane):
        for index in rows.indices where rows[index].lane == lane && rows[index].dueAt != nil {
          rows[index].dueAt = min(rows[index].dueAt ?? now, now)
        }
      case .report: break
      }
    }
  }

  private mutating func settle(_ ticket: UInt64, _ settlement: Settlement) {
    guard let index = rows.firstIndex(where: { $0.ticket == ticket }) else { return }
    switch settlement {
    case .delivered, .disabled, .duplicate: delivered.append(rows.remove(at: index).id)
    case .dead(let note): dead[rows.remove(at: index).id] = note
    case .returned: rows[index].ticket = nil
    case .parked(let parking):
      rows[index].ticket = nil
      rows[index].attempt = parking.attempt
      rows[index].dueAt = parking.dueAt
      rows[index].lane = parking.lane
    }
  }
}
