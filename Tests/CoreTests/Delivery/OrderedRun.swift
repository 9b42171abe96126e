import Core
import Simulator

/// A delivery machine with ordered lanes over a store, each on its thread: what one tells the other waits in a mailbox, a
/// seed decides who goes on, which calls fail, and when the process dies. It sees whether a service got the copies of a
/// lane in the order of their rows.
struct OrderedRun {
  enum Fate { case good, failing, refused }

  private struct Row {
    let number: UInt64
    let lane: Int
    let fate: Fate
    var attempt = 0
    var dueAt: Int64?
    var isOut = false
  }

  private enum ToStore {
    case settle(UInt64, Settlement)
    case wake(LaneID, limit: Int)
    case consume(Int)
    case cancel
  }

  private enum ToWorker {
    case delivered([(number: UInt64, attempt: Int)])
    case woken(LaneID, [UInt64], Bool)
  }

  static let lanes = 4
  private static let maxAttempts = 4

  private(set) var problems: [String] = []
  private(set) var firstTaken = 0
  private(set) var dead: [UInt64: DeathReason] = [:]
  private(set) var breakerOpenings = 0
  private(set) var pauses = 0
  private(set) var lives = 0

  private var random: SeededRandom
  private var machine = DeliveryMachine(limits: [1], retry: OrderedRun.retry)
  private var now: Int64 = 1_000_000
  private var rows: [Row] = []
  private var lastNumber: UInt64 = 0
  private var isDown = false
  private var taken: Set<UInt64> = []
  private var buried: Set<UInt64> = []
  private var lastTaken = [UInt64](repeating: 0, count: OrderedRun.lanes)
  private let prefetch: Int
  /// Of this life.
  private var consumes: Int?
  private var toStore: [ToStore] = []
  private var toWorker: [ToWorker] = []
  private var lastTicket: UInt64 = 0
  private var held: [UInt64: UInt64] = [:]
  private var calls: [UInt64] = []

  private static let retry = RetryPolicy(maxAttempts: maxAttempts, backoff: Backoff(delay: 500, maxDelay: 8000))

  init(seed: UInt64) {
    random = SeededRandom(state: seed)
    prefetch = [3, 8, 40][Int(random.next(3))]
    start()
  }

  /// Trouble for so many steps, then none until nothing is left.
  mutating func play(steps: Int = 400) {
    for _ in 0..<steps where problems.isEmpty {
      if random.chance(3), rows.count < 60 { add() }
      if random.chance(60) { isDown.toggle() }
      if random.chance(90) { die() }
      if random.chance(80) { change() }
      step(isFaulty: true)
    }
    isDown = false
    let end = now + 3_600_000
    while !rows.isEmpty, problems.isEmpty, now < end { step(isFaulty: false) }
    if !rows.isEmpty, problems.isEmpty { problems.append("\(rows.count) copies never came to rest") }
  }

  private mutating func step(isFaulty: Bool) {
    switch random.next(4) {
    case 0: commitAndGive()
    case 1 where !toWorker.isEmpty: receive(toWorker.removeFirst())
    case 2 where !calls.isEmpty: endCall(calls.remove(at: Int(random.next(UInt64(calls.count)))), isFaulty: isFaulty)
    default:
      now += Int64(random.next(isFaulty ? 300 : 3000))
      perform(machine.timePassed(moment))
    }
  }

  private var moment: Moment { Moment(monotonic: now, unix: now + 77) }

  private static func lane(_ number: Int) -> LaneID { LaneID(scope: "s", name: "p\(number)") }

  private mutating func add() {
    for _ in 0...random.next(5) {
      lastNumber += 1
      let fate: Fate = random.chance(12) ? .failing : random.chance(15) ? .refused : .good
      rows.append(Row(number: lastNumber, lane: Int(random.next(UInt64(Self.lanes))), fate: fate))
    }
  }

  // MARK: The process

  private mutating func start() {
    lives += 1
    machine = DeliveryMachine(limits: [4], retry: Self.retry)
    for index in rows.indices where rows[index].dueAt != nil { rows[index].dueAt = 0 }
    perform(machine.started(queues: [0]))
  }

  /// Calls under way end as they do; nobody reads their answers.
  private mutating func die() {
    if random.chance(2) {
      perform(machine.stopped())
      for ticket in calls { perform(machine.abandoned(ticket)) }
      commitAndGive()
    }
    for ticket in calls where random.chance(2) && !isDown { took(held[ticket]) }
    for index in rows.indices { rows[index].isOut = false }
    (consumes, toStore, toWorker, held, calls) = (nil, [], [], [:], [])
    start()
  }

  private mutating func change() {
    let lane = Self.lane(Int(random.next(UInt64(Self.lanes))))
    perform(
      random.chance(2)
        ? machine.credentialsChanged(of: lane, now: moment)
        : machine.settingsChanged(retry: Self.retry, limits: [4], now: moment))
  }

  private mutating func receive(_ message: ToWorker) {
    switch message {
    case .woken(let lane, let numbers, let hasMore):
      perform(machine.woken(lane, rows: numbers, hasMore: hasMore, now: moment))
    case .delivered(let given):
      var copies: [HeldCopy] = []
      for (number, attempt) in given {
        guard let row = rows.first(where: { $0.number == number }) else { continue }
        lastTicket += 1
        held[lastTicket] = number
        copies.append(
          HeldCopy(
            ticket: lastTicket, queue: 0, messageID: "m\(number)", attempt: attempt, lane: Self.lane(row.lane),
            kind: .ordered, row: number))
      }
      perform(machine.delivered(copies, now: moment))
    }
  }

  private mutating func perform(_ actions: [DeliveryAction]) {
    for action in actions {
      switch action {
      case .send(let ticket): call(ticket)
      case .settle(let ticket, let settlement):
        guard let number = held.removeValue(forKey: ticket) else { continue }
        toStore.append(.settle(number, settlement))
        if case .dead = settlement { buried.insert(number) }
      case .wake(let lane, _, let limit): toStore.append(.wake(lane, limit: limit))
      case .consume(_, let probing): toStore.append(.consume(probing ? min(2, prefetch) : prefetch))
      case .cancel: toStore.append(.cancel)
      case .report(.breakerOpened): breakerOpenings += 1
      case .report(.lanePaused): pauses += 1
      case .report: break
      case .release, .sendPacked: problems.append("\(action) of an ordered lane")
      }
    }
  }

  private mutating func call(_ ticket: UInt64) {
    guard let row = row(of: ticket) else { return problems.append("ticket \(ticket) was sent that nobody holds") }
    for other in calls where self.row(of: other)?.lane == row.lane {
      problems.append("\(row.number) was sent while \(held[other] ?? 0) is under way")
    }
    if let older = rows.first(where: { $0.lane == row.lane && $0.number < row.number && !isSettled($0.number) }) {
      problems.append("\(row.number) was sent before \(older.number)")
    }
    calls.append(ticket)
  }

  private func row(of ticket: UInt64) -> Row? { rows.first { $0.number == held[ticket] } }

  /// Its end is on its way to the store.
  private func isSettled(_ number: UInt64) -> Bool {
    toStore.contains { if case .settle(number, let end) = $0 { end.isFinal } else { false } }
  }

  // MARK: The store

  private mutating func commitAndGive() {
    let commands = toStore
    toStore = []
    for case .settle(let number, let settlement) in commands { settle(number, settlement) }
    for case .wake(let lane, let limit) in commands { wake(lane, limit) }
    for command in commands {
      if case .consume(let prefetch) = command { consumes = prefetch }
      if case .cancel = command { consumes = nil }
    }
    guard let consumes else { return }
    let credit = consumes - rows.count(where: \.isOut)
    let free = rows.indices.filter { !rows[$0].isOut && rows[$0].dueAt ?? 0 <= moment.unix }
    let due = free.filter { rows[$0].dueAt != nil }.sorted {
      (rows[$0].dueAt ?? 0, rows[$0].number) < (rows[$1].dueAt ?? 0, rows[$1].number)
    }
    let given = merged(due, free.filter { rows[$0].dueAt == nil }).prefix(max(0, credit))
    guard !given.isEmpty else { return }
    for index in given { rows[index].isOut = true }
    toWorker.append(.delivered(given.map { (rows[$0].number, rows[$0].attempt) }))
  }

  /// New copies that are older than the next that is due go before it.
  private func merged(_ due: [Int], _ new: [Int]) -> [Int] {
    var new = new[...]
    var merged: [Int] = []
    for index in due {
      let older = new.prefix { rows[$0].number < rows[index].number }
      merged += older + [index]
      new = new.dropFirst(older.count)
    }
    return merged + new
  }

  private mutating func settle(_ number: UInt64, _ settlement: Settlement) {
    guard let index = rows.firstIndex(where: { $0.number == number }) else { return }
    rows[index].isOut = false
    switch settlement {
    case .delivered, .disabled, .duplicate: rows.remove(at: index)
    case .dead(let note):
      dead[number] = note.reason
      rows.remove(at: index)
    case .returned: break
    case .parked(let parking):
      rows[index].attempt = parking.attempt
      rows[index].dueAt = parking.dueAt
    }
  }

  private mutating func wake(_ lane: LaneID, _ limit: Int) {
    let found = rows.indices.filter { rows[$0].dueAt != nil && Self.lane(rows[$0].lane) == lane }
    for index in found.prefix(limit) { rows[index].dueAt = min(rows[index].dueAt ?? 0, moment.unix) }
    toWorker.append(.woken(lane, found.prefix(limit).map { rows[$0].number }, found.count > limit))
  }

  // MARK: The service

  private mutating func endCall(_ ticket: UInt64, isFaulty: Bool) {
    guard let row = row(of: ticket) else { return }
    let outcome = outcome(row.fate, isFaulty: isFaulty)
    if case .delivered = outcome { took(row.number) }
    perform(machine.completed(ticket, outcome, now: moment, random: random.next()))
  }

  private mutating func outcome(_ fate: Fate, isFaulty: Bool) -> SendOutcome {
    if isDown {
      let faults: [SendOutcome.Fault] = [.sink, .silence, .message]
      return .failed(.down, fault: faults[Int(random.next(3))], retryAfter: nil)
    }
    if fate == .failing { return .down }
    if fate == .refused { return .rejected(.bad) }
    guard isFaulty else { return .done }
    switch random.next(16) {
    case 0: return .failed(.down, fault: .message, retryAfter: Int64(random.next(5000)))
    case 1: return .laneRefused(.refused, probeAfter: 3000)
    case 2: return .again(.refused)
    case 3: return .limited(.busy, retryAfter: Int64(random.next(9000)))
    case 4 where random.chance(3): return .sinkRefused(.refused, probeAfter: 4000)
    case 5: return .delivered(proven: false)
    default: return .done
    }
  }

  private mutating func took(_ number: UInt64?) {
    guard let number, let row = rows.first(where: { $0.number == number }), taken.insert(number).inserted else {
      return
    }
    firstTaken += 1
    // What a letter let go by was sent; a crash can undo the letter.
    if buried.contains(number) { return }
    if number < lastTaken[row.lane] { problems.append("\(number) was taken after \(lastTaken[row.lane])") }
    lastTaken[row.lane] = max(lastTaken[row.lane], number)
  }
}
