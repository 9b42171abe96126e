import Core
import Simulator

/// Runs the machine against a broker and a spool that misbehave at random, and checks what it does at every step.
struct PublisherRun {
  /// A mistake in the shell, to see that the checks find it.
  enum Mistake: CaseIterable, Sendable {
    case ignoresReturns
    case countsOneTooMany
    case forgetsOnLoss
    case deletesReleased
    case takesAnswersOfOldLink
  }

  enum Sight: CaseIterable, Sendable {
    case confirmed, returned, nacked, multiple, blocked, stalled, cut, lost, windowFull, spooled, drained
    case lateConfirmed, lateReleased, confirmedBeforeHeld, heldFailed, spoolFull, lostAnswer
    case packed, shelved, shelfFailed
  }

  private enum Row { case pending, ready, out }
  private enum Storing { case spooled, held, shelved }

  private let mistake: Mistake?
  private var machine: PublisherMachine
  private var random: SeededRandom
  private var broker = ModelBroker()
  private var now: Int64 = 1_000_000
  private var isUp = false
  private var isBlocked = false
  private var isSlow = false
  private var ticket: UInt64 = 0
  private var actions: [PublisherAction] = []
  private var forgets = false
  private var oldAnswer: ModelBroker.Answer?

  /// Intake tickets that have not ended, with their deadlines.
  private var waiting: [UInt64: Int64] = [:]
  private var letters: Set<UInt64> = []
  /// Tickets that were given out of the spool: the event's own ticket.
  private var drains: [UInt64: UInt64] = [:]
  /// What the spool is asked to store.
  private var orders: [(ticket: UInt64, how: Storing)] = []
  /// The spool, by the event's ticket.
  private var rows: [UInt64: Row] = [:]
  /// Rows that are ready, oldest first but for those that came back.
  private var ready: [UInt64] = []
  private var held: Set<UInt64> = []
  /// Held, and the copy was confirmed before the spool stored it.
  private var confirmedHolding: Set<UInt64> = []
  /// Events with a 2xx.
  private var accepted: Set<UInt64> = []
  /// Tickets under which an event went to the broker.
  private var names: [UInt64: [UInt64]] = [:]
  private(set) var problems: [String] = []
  private(set) var seen: Set<Sight> = []

  /// `packCopies` of three queues go in one message.
  init(seed: UInt64, mistake: Mistake? = nil, packCopies: Int = 1) {
    self.mistake = mistake
    random = SeededRandom(state: seed)
    var limits = PublisherMachine.Limits()
    limits.packCopies = packCopies
    limits.backlogDepth = 20
    machine = PublisherMachine(confirmTimeout: 1000, heartbeat: 1000, limits: limits, now: now)
  }

  /// Nothing waits anywhere, and the spool is empty.
  var isDone: Bool {
    waiting.isEmpty && letters.isEmpty && drains.isEmpty && orders.isEmpty && rows.isEmpty && machine.isQuiet
  }

  /// A chance of one in `bound`.
  private mutating func chance(_ bound: UInt64) -> Bool { random.next(bound) == 0 }

  mutating func step(isFaulty: Bool) {
    if isFaulty { misbehave() } else { behave() }
    if isFaulty, !chance(3) { submit(Int(random.next(chance(100) ? 1500 : 8))) }
    drain()
    endTurn()
    if isUp, !isBlocked, !isSlow {
      let count = Int(random.next(60))
      for answer in broker.work(count) { take(answer) }
      for _ in 0..<random.next(40) {
        guard let answer = broker.answer(&random) else { break }
        take(answer)
      }
    }
    if mistake == .takesAnswersOfOldLink, isUp, chance(4), let answer = oldAnswer.take() { take(answer) }
    if !chance(3) { store(fails: isFaulty && chance(6)) }
    pass(isFaulty)
    endTurn()
    if !machine.ledger.isBalanced { problems.append("the ledger does not balance: \(machine.ledger)") }
    if broker.openCopies > PublisherMachine.Limits().window {
      problems.append("more copies are open than the window has")
    }
  }

  private mutating func endTurn() {
    if machine.wantsSpoolReading(now) {
      machine.spoolRead(SpoolBacklog.Reading(copies: rows.count, fill: 0, canWrite: true), now: now)
    }
    machine.turnEnded(now: now, &actions)
    perform()
    if machine.isGathering(now) { problems.append("something waits at the end of a turn that could go") }
  }

  private static func lane(_ ticket: UInt64) -> Int { Int(ticket % 3) }

  /// Once everything is quiet: is every event that was accepted somewhere?
  mutating func checkNothingLost() {
    for ticket in accepted where rows[ticket] == nil && !isAtBroker(ticket) {
      problems.append("\(ticket) was accepted and is nowhere")
    }
    if !held.isEmpty { problems.append("copies are still held: \(held)") }
  }

  private func isAtBroker(_ ticket: UInt64) -> Bool {
    (names[ticket] ?? []).contains { broker.stored.contains($0) }
  }

  // MARK: The world

  private mutating func misbehave() {
    if !isUp, chance(4) { open() }
    if isUp, chance(90) { lose() }
    if isUp, chance(50) { block(!isBlocked) }
    if chance(40) { isSlow.toggle() }
    if chance(broker.isMissingQueue ? 6 : 90) { broker.isMissingQueue.toggle() }
    if chance(broker.isFull ? 6 : 60) { broker.isFull.toggle() }
    if chance(40), broker.loseAnswer() { seen.insert(.lostAnswer) }
  }

  private mutating func behave() {
    if isBlocked { block(false) }
    if !isUp { open() }
    isSlow = false
    broker.isMissingQueue = false
    broker.isFull = false
  }

  private mutating func open() {
    isUp = true
    machine.linkOpened(now: now, &actions)
    perform()
  }

  private mutating func lose() {
    isUp = false
    isBlocked = false
    seen.insert(.lost)
    _ = broker.work(Int(random.next(100)))
    if let tag = broker.open.first?.tag { oldAnswer = .acked(tag: tag, multiple: false) }
    broker.linkLost()
    forgets = mistake == .forgetsOnLoss
    machine.linkLost(now: now, &actions)
    perform()
    forgets = false
  }

  private mutating func block(_ isBlocked: Bool) {
    self.isBlocked = isBlocked
    if isBlocked { machine.blocked(now: now, &actions) } else { machine.unblocked(now: now, &actions) }
    perform()
  }

  private mutating func submit(_ count: Int) {
    for _ in 0..<count {
      ticket += 1
      names[ticket] = [ticket]
      if chance(20) {
        letters.insert(ticket)
        machine.submitted(ticket, bytes: 300, .letter, now: now, &actions)
      } else {
        submit(ticket)
      }
      perform()
    }
  }

  private mutating func submit(_ ticket: UInt64) {
    waiting[ticket] = now + 1000
    machine.submitted(
      ticket, bytes: 300, lane: Self.lane(ticket), .intake(deadline: now + 1000), now: now, &actions)
  }

  private mutating func drain() {
    guard machine.condition == .connected, drains.count < 50 else { return }
    let given = ready.prefix(20)
    ready.removeFirst(given.count)
    for event in given {
      ticket += 1
      rows[event] = .out
      drains[ticket] = event
      names[event, default: []].append(ticket)
      machine.submitted(ticket, bytes: 300, lane: Self.lane(ticket), .spooled, now: now, &actions)
      perform()
    }
  }

  private mutating func store(fails: Bool) {
    let batch = orders.prefix(1 + Int(random.next(200)))
    orders.removeFirst(batch.count)
    for (ticket, how) in batch {
      if fails { storingFailed(ticket, how) } else { stored(ticket, how) }
      perform()
    }
  }

  private mutating func stored(_ ticket: UInt64, _ how: Storing) {
    accepted.insert(ticket)
    rows[ticket] = how == .held ? .pending : .ready
    if how == .held { machine.heldStored(ticket, &actions) } else { ready.append(ticket) }
  }

  private mutating func storingFailed(_ ticket: UInt64, _ how: Storing) {
    switch how {
    case .spooled: seen.insert(.spoolFull)
    case .shelved:
      seen.insert(.shelfFailed)
      machine.shelfFailed(now: now)
      submit(ticket)
    case .held:
      seen.insert(.heldFailed)
      machine.heldFailed(ticket)
      held.remove(ticket)
      confirmedHolding.remove(ticket)
    }
  }

  private mutating func pass(_ isFaulty: Bool) {
    if isFaulty {
      now += Int64(random.next(chance(30) ? 3000 : 60))
    } else if !broker.isBusy, orders.isEmpty, let deadline = machine.nextDeadline {
      now = max(now + 1, deadline)
    } else {
      now += 1
    }
    machine.timePassed(now: now, &actions)
    perform()
    if let next = machine.nextDeadline, next <= now { problems.append("a deadline that has passed is still to come") }
    for (ticket, deadline) in waiting where deadline <= now { problems.append("\(ticket) is past its deadline") }
  }

  private mutating func take(_ answer: ModelBroker.Answer) {
    switch answer {
    case .returned(let ticket):
      seen.insert(.returned)
      guard mistake != .ignoresReturns else { break }
      _ = machine.returned { $1 ? $0 == ticket : Self.lane($0) == Self.lane(ticket) }
    case .acked(let tag, let multiple):
      if multiple { seen.insert(.multiple) }
      let tag = multiple && mistake == .countsOneTooMany ? tag + 1 : tag
      machine.acked(tag: tag, multiple: multiple, now: now, &actions)
    case .nacked(let tag, let multiple):
      seen.insert(.nacked)
      machine.nacked(tag: tag, multiple: multiple, now: now, &actions)
    }
    perform()
  }

  // MARK: What the machine wants

  private mutating func perform() {
    var cut = false
    let taken = actions
    actions.removeAll(keepingCapacity: true)
    for action in taken {
      switch action {
      case .publish(let ticket, let tag):
        if !isUp || isBlocked { problems.append("\(ticket) was published without a link that takes it") }
        if broker.open.last?.tag == tag { seen.insert(.packed) }
        broker.published(ticket, tag: tag)
        if broker.openCopies == PublisherMachine.Limits().window { seen.insert(.windowFull) }
      case .probe: broker.probed()
      case .confirmed(let ticket): confirmed(ticket)
      case .spool(let ticket) where forgets: waiting[ticket] = nil; accepted.insert(ticket)
      case .spool(let ticket): spool(ticket, .spooled)
      case .shelve(let ticket): spool(ticket, .shelved)
      case .spoolHeld(let ticket): spool(ticket, .held)
      case .lateConfirmed(let ticket): late(ticket, isConfirmed: true)
      case .lateReleased(let ticket): late(ticket, isConfirmed: false)
      case .giveBack(let ticket):
        guard let event = drains.removeValue(forKey: ticket) else {
          odd(ticket)
          break
        }
        rows[event] = .ready
        ready.append(event)
      case .failed(let ticket): if letters.remove(ticket) == nil { odd(ticket) }
      case .cut:
        seen.insert(.cut)
        cut = true
      case .report(.condition(let condition)):
        if condition == .stalled { seen.insert(.stalled) }
        if condition == .blocked { seen.insert(.blocked) }
      case .report(.oddConfirm):
        if mistake == nil { problems.append("an answer of the broker was taken for an odd one") }
      }
    }
    if cut { lose() }
  }

  private mutating func confirmed(_ ticket: UInt64) {
    seen.insert(.confirmed)
    if !broker.stored.contains(ticket) { problems.append("\(ticket) was confirmed that the broker does not have") }
    if let event = drains.removeValue(forKey: ticket) {
      seen.insert(.drained)
      rows[event] = nil
    } else if waiting.removeValue(forKey: ticket) != nil {
      accepted.insert(ticket)
    } else if held.contains(ticket), rows[ticket] == nil, confirmedHolding.insert(ticket).inserted {
      seen.insert(.confirmedBeforeHeld)
      accepted.insert(ticket)
    } else if letters.remove(ticket) == nil {
      odd(ticket)
    }
  }

  private mutating func spool(_ ticket: UInt64, _ how: Storing) {
    if waiting.removeValue(forKey: ticket) == nil { odd(ticket) }
    seen.insert(how == .shelved ? .shelved : .spooled)
    if how == .held { held.insert(ticket) }
    orders.append((ticket, how))
  }

  private mutating func late(_ ticket: UInt64, isConfirmed: Bool) {
    guard held.remove(ticket) != nil, rows[ticket] == .pending else { return odd(ticket) }
    confirmedHolding.remove(ticket)
    seen.insert(isConfirmed ? .lateConfirmed : .lateReleased)
    if isConfirmed, !broker.stored.contains(ticket) { problems.append("\(ticket) was deleted without a confirm") }
    let isDeleted = isConfirmed || mistake == .deletesReleased
    rows[ticket] = isDeleted ? nil : .ready
    if !isDeleted { ready.append(ticket) }
  }

  private mutating func odd(_ ticket: UInt64) { problems.append("\(ticket) has ended before") }
}
