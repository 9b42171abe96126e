import Core
import Testing

/// Runs the machine against a queue and a sink that misbehave at random, then lets everything work again.
@Suite("DeliveryMachine: random runs")
struct DeliveryMachineSimulationTests {
  @Test(
    "every copy is settled once, no limit is broken; once faults stop all are delivered but those that always fail",
    arguments: 0..<16)
  func run(seed: Int) {
    var run = SimulatedRun(seed: UInt64(seed))
    for _ in 0..<800 { run.step(isFaulty: true) }
    for _ in 0..<5000 where !run.isDone { run.step(isFaulty: false) }
    let (isDone, problems) = (run.isDone, run.problems)
    #expect(isDone)
    #expect(problems == [])
    // A run in which nothing ever went wrong proves nothing.
    let faults = [run.parkings, run.breakersOpened, run.lanesPaused, run.poisonBuried]
    #expect(faults.allSatisfy { $0 > 0 })
  }
}

private struct SimulatedRun {
  private struct Row {
    let id: String
    let queue: Int
    let lane: LaneID
    let kind: LaneKind
    /// The service answers it with a failure always.
    let isPoison: Bool
    /// Calls that were answered with a failure.
    var answeredFailures = 0
    var attempt = 0
    var dueAt: Int64 = 0
    var parkedIn = ""
    var ticket: UInt64?
  }

  private var machine: DeliveryMachine
  private var random: SeededRandom
  private var now: Int64 = 1_000_000
  private var rows: [Row] = []
  private var made = 0
  private var ticket: UInt64 = 0
  private var inFlight: [UInt64: LaneID] = [:]
  private var prefetch: [Int: Int] = [:]
  private var lastCall: [LaneID: (ticket: UInt64, at: Int64)] = [:]
  private var isDown = false
  private(set) var problems: [String] = []
  private(set) var parkings = 0
  private(set) var breakersOpened = 0
  private(set) var lanesPaused = 0
  private(set) var poisonBuried = 0

  init(seed: UInt64) {
    random = SeededRandom(state: seed)
    machine = DeliveryMachine(
      queues: 3, retry: RetryPolicy(maxAttempts: 4, backoff: Backoff(delay: 500, maxDelay: 8000)), maxInFlight: 6)
    perform(machine.started(queues: [0, 1, 2]))
  }

  var isDone: Bool { rows.isEmpty && inFlight.isEmpty }

  private var moment: Moment { Moment(monotonic: now, unix: now + 77) }

  mutating func step(isFaulty: Bool) {
    if isFaulty, random.next(3) == 0 { make() }
    if isFaulty, random.next(60) == 0 { isDown.toggle() }
    if !isFaulty { isDown = false }
    give()
    if let call = inFlight.keys.sorted().randomElement(using: &random), random.next(3) > 0 {
      inFlight[call] = nil
      perform(machine.completed(call, outcome(call, isFaulty), now: moment, random: random.next()))
    } else {
      let dues = rows.filter { $0.ticket == nil && $0.dueAt > now }.map(\.dueAt)
      let next = min(machine.nextDeadline ?? .max, dues.min() ?? .max, now + 60_000)
      now = max(now + 1, isFaulty ? now + Int64(random.next(400)) : next)
      perform(machine.timePassed(moment))
    }
    if random.next(400) == 0 {
      perform(machine.credentialsChanged(of: LaneID(scope: "pair", name: "p1"), now: moment))
    }
  }

  private mutating func make() {
    made += 1
    let queue = Int(random.next(3))
    let isChat = queue == 2
    let name = "\(isChat ? "c" : "p")\(random.next(3))"
    rows.append(
      Row(
        id: "m\(made)", queue: queue, lane: LaneID(scope: isChat ? "bot" : "pair", name: name),
        kind: isChat ? .chat : .pair, isPoison: random.next(12) == 0))
  }

  private func credit(_ queue: Int) -> Int {
    (prefetch[queue] ?? 0) - rows.count { $0.queue == queue && $0.ticket != nil }
  }

  private mutating func give() {
    for queue in 0..<3 where credit(queue) > 0 {
      var copies: [HeldCopy] = []
      for index in rows.indices where rows[index].queue == queue && credit(queue) > 0 {
        guard rows[index].ticket == nil, rows[index].dueAt <= now else { continue }
        ticket += 1
        rows[index].ticket = ticket
        let row = rows[index]
        copies.append(
          HeldCopy(
            ticket: ticket, queue: queue, messageID: row.id, attempt: row.attempt, lane: row.lane, kind: row.kind))
      }
      if !copies.isEmpty { perform(machine.delivered(copies, now: moment)) }
    }
  }

  private mutating func outcome(_ ticket: UInt64, _ isFaulty: Bool) -> SendOutcome {
    let outcome = outcome(isFaulty, isPoison: rows.contains { $0.ticket == ticket && $0.isPoison })
    if case .failed(_, .message, _) = outcome, let index = rows.firstIndex(where: { $0.ticket == ticket }) {
      rows[index].answeredFailures += 1
    }
    return outcome
  }

  private mutating func outcome(_ isFaulty: Bool, isPoison: Bool) -> SendOutcome {
    if isDown {
      let faults: [SendOutcome.Fault] = [.sink, .silence, .message]
      return .failed(.down, fault: faults[Int(random.next(3))], retryAfter: nil)
    }
    if isPoison { return .down }
    guard isFaulty else { return .delivered(proven: true) }
    switch random.next(20) {
    case 0: return .failed(.down, fault: .message, retryAfter: Int64(random.next(5000)))
    case 1: return .laneRefused(.refused, probeAfter: 3000)
    case 2: return .again(.refused)
    case 3: return .limited(.busy, retryAfter: Int64(random.next(9000)))
    case 4 where random.next(4) == 0: return .sinkRefused(.refused, probeAfter: 4000)
    case 5: return .delivered(proven: false)
    default: return .delivered(proven: true)
    }
  }

  private mutating func perform(_ actions: [DeliveryAction]) {
    for action in actions {
      switch action {
      case .send(let ticket): sent(ticket)
      case .settle(let ticket, let settlement): settled(ticket, settlement)
      case .consume(let queue, let probing): prefetch[queue] = probing ? DeliveryMachine.handful : 20
      case .cancel(let queue): prefetch[queue] = nil
      case .release(let queue, let lane):
        for index in rows.indices where rows[index].queue == queue && rows[index].parkedIn == lane {
          rows[index].dueAt = 0
        }
      case .report(.breakerOpened): breakersOpened += 1
      case .report(.lanePaused): lanesPaused += 1
      case .report: break
      }
    }
  }

  private mutating func sent(_ ticket: UInt64) {
    guard let row = rows.first(where: { $0.ticket == ticket }) else {
      return problems.append("\(ticket) was sent that nobody holds")
    }
    if inFlight[ticket] != nil { problems.append("\(ticket) was sent twice at once") }
    if row.kind == .chat {
      if inFlight.values.contains(row.lane) { problems.append("two calls to \(row.lane) at once") }
      let last = lastCall.updateValue((ticket, now), forKey: row.lane)
      // Renewed credentials send the same copy again at once; nothing else is that soon.
      if let last, last.ticket != ticket, now - last.at < 1000 { problems.append("\(row.lane) was called too soon") }
    }
    inFlight[ticket] = row.lane
    if inFlight.count > 6 { problems.append("more calls than allowed") }
  }

  private mutating func settled(_ ticket: UInt64, _ settlement: Settlement) {
    guard let index = rows.firstIndex(where: { $0.ticket == ticket }) else {
      return problems.append("\(ticket) was settled twice, or never given out")
    }
    if inFlight[ticket] != nil { problems.append("\(ticket) was settled in flight") }
    switch settlement {
    case .delivered, .disabled:
      if rows[index].isPoison { problems.append("\(ticket) was delivered that always fails") }
      rows.remove(at: index)
    case .dead(let note):
      if note.attempt != 4 { problems.append("\(ticket) was buried after \(note.attempt) attempts") }
      if rows[index].isPoison { poisonBuried += 1 }
      rows.remove(at: index)
    case .returned: rows[index].ticket = nil
    case .parked(let parking):
      parkings += 1
      if parking.attempt > rows[index].attempt + 1 { problems.append("\(ticket) skipped an attempt") }
      if parking.attempt < rows[index].answeredFailures { problems.append("\(ticket) has an attempt uncounted") }
      rows[index].ticket = nil
      rows[index].parkedIn = parking.lane
      rows[index].attempt = parking.attempt
      rows[index].dueAt = parking.dueAt - 77
    }
  }
}
