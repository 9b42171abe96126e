import Core

/// The worker thread: it does what the machine says, and tells it what came of calls.
extension World {
  mutating func perform(_ actions: [DeliveryAction]) {
    for action in actions {
      switch action {
      case .send(let ticket): send([ticket])
      case .sendPacked(let tickets):
        sightings.note(.packed)
        send(tickets)
      case .settle(let ticket, let settlement): settle(ticket, settlement)
      case .consume(let queue, let probing):
        let prefetch = probing ? DeliveryMachine.handful : SimulatedGateway.prefetch
        gateway?.prefetches[queue] = prefetch
        if probing { sightings.note(.probed) }
        wantFromBroker(queue, prefetch: prefetch, probing: probing)
      case .cancel(let queue):
        gateway?.prefetches[queue] = nil
        perform(queue) { $0.unwanted(now: $1) }
      case .release(let queue, let lane): gateway?.releases.append((queue, lane))
      case .wake(let lane, let queue, let limit):
        gateway?.wakes.append(SimulatedDisk.Wake(lane: lane, queue: queue, limit: limit))
      case .report(let report): note(report)
      }
    }
  }

  private mutating func note(_ report: DeliveryReport) {
    switch report {
    case .breakerOpened: sightings.note(.breakerOpened)
    case .breakerClosed: sightings.note(.breakerClosed)
    case .lanePaused: sightings.note(.lanePaused)
    case .laneResumed: sightings.note(.laneResumed)
    }
  }

  private mutating func send(_ tickets: [UInt64]) {
    guard let gateway, let ticket = tickets.first, let held = gateway.held.first(where: { $0.ticket == ticket }) else {
      let ticket = tickets.first ?? 0
      if bug != .acknowledgeBeforeDelivery { ledger.report("ticket \(ticket) was sent that nobody holds") }
      return
    }
    let known = ledger[held.copy].copy
    let riders = tickets.dropFirst().compactMap { ticket in gateway.held.first { $0.ticket == ticket } }
    if riders.count + 1 < tickets.count { ledger.report("a message has copies that nobody holds") }
    let counted = riders.reduce(held.counted ?? []) { $0.union($1.counted ?? []) }
    let call = SimulatedSinks.Call(
      ticket: ticket, copy: known.number, digest: held.digest, riders: riders.map { ($0.copy, $0.digest) },
      counted: counted, lane: known.lane, kind: known.kind,
      life: gateway.life)
    trace.note("call", known.number, held.attempt)
    if let problem = sinks.began(call, now: clock.monotonic, maxInFlight: SimulatedGateway.maxInFlight) {
      ledger.report(problem)
    }
    if bug == .acknowledgeBeforeDelivery { for ticket in tickets { settle(ticket, .delivered) } }
    if bug == .endDigestAtSend, held.counted != nil, let group = known.group { endDigest(held, group, .delivered) }
  }

  private mutating func settle(_ ticket: UInt64, _ settlement: Settlement) {
    guard let held = gateway?.takeHeld(ticket) else {
      if bug != .acknowledgeBeforeDelivery { ledger.report("ticket \(ticket) was settled twice, or never given out") }
      return
    }
    shareEnd(held, settlement)
    settle(held, settlement)
  }

  /// The end of a copy that the worker has had.
  mutating func settle(_ held: SimulatedGateway.Held, _ settlement: Settlement) {
    let settlement = mistaken(settlement)
    if settlement == .delivered, ledger[held.copy].taken == 0 {
      ledger.report("copy \(held.copy) was settled as delivered, and no sink has it")
    }
    switch settlement {
    case .parked(let parking):
      sightings.note(.parked)
      ledger.parked(held.copy, parking)
      trace.note("parked", held.copy, Int(truncatingIfNeeded: parking.dueAt))
    case .dead(let note):
      sightings.note(note.reason == .rejected ? .diedRefused : .diedExhausted)
      ledger.buried(held.copy, note, maxAttempts: SimulatedGateway.maxAttempts)
      trace.note("dead", held.copy, note.attempt)
    case .delivered, .disabled, .duplicate, .returned: trace.note("settled", held.copy)
    }
    switch (held.origin, settlement) {
    case (.broker(let tag), _): settledBrokered(held.queue, tag, settlement, attempt: held.attempt)
    case (.store(let row), .dead(let note)) where gateway?.publisher != nil:
      sendLetter(held.copy, .store(row), note)
    case (.store(let row), _): gateway?.settlements.append((row, .settled(settlement)))
    }
  }

  private func mistaken(_ settlement: Settlement) -> Settlement {
    switch (settlement, bug) {
    case (.parked(let parking), .countAttemptTwice) where parking.attempt > 0:
      .parked(Parking(dueAt: parking.dueAt, lane: parking.lane, attempt: parking.attempt + 1))
    case (.parked(let parking), .forgetAttempt):
      .parked(Parking(dueAt: parking.dueAt, lane: parking.lane, attempt: max(0, parking.attempt - 1)))
    case (.returned, .forgetOnShutdown) where gateway?.isDraining == true: .disabled
    default: settlement
    }
  }

  /// A service is done with a call: it took it or not, and the answer gets through or not.
  mutating func endCall(_ index: Int, isFaulty: Bool) {
    let call = sinks.take(index)
    let (outcome, isTaken) = answer(to: call, isFaulty: isFaulty)
    trace.note("answered", call.copy, isTaken ? 1 : 0)
    if isTaken { took(call) }
    if isTaken, call.kind == .ordered, gateway?.life == call.life, !call.isAbandoned {
      ledger.tookInOrder(call.copy)
    }
    if ledger.duplicates > 0, ledger[call.copy].taken > 1 { sightings.note(.duplicateTaken) }
    guard gateway?.life == call.life, !call.isAbandoned else { return sightings.note(.callOutlivedProcess) }
    switch outcome {
    case .failed(_, let fault, _):
      for copy in [call.copy] + call.riders.map(\.copy) { ledger.failed(copy, isAnswered: fault == .message) }
      for copy in call.counted { ledger.failed(copy, isAnswered: false) }
    case .rejected where !call.riders.isEmpty: sightings.note(.packTakenApart)
    case .rejected: for copy in call.counted.union([call.copy]) { ledger.refused(copy) }
    case .limited(_, let retryAfter):
      sightings.note(.limited)
      sinks.limited(call.lane, until: clock.monotonic + retryAfter)
    default: break
    }
    if isTaken, case .failed = outcome {
      sightings.note(.answerLost)
      excuse(call)
    }
    let draw = random.next()
    let told = mistaken(outcome, of: call)
    perform(gateway?.machine.completed(call.ticket, told, now: clock.moment, random: draw) ?? [])
  }

  private mutating func took(_ call: SimulatedSinks.Call) {
    ledger.took(call.copy, digest: call.digest)
    for rider in call.riders { ledger.took(rider.copy, digest: rider.digest) }
    for copy in call.counted.sorted() { ledger.took(copy, digest: ledger[copy].copy.digest) }
  }

  /// Whatever was in the call may be delivered once more.
  mutating func excuse(_ call: SimulatedSinks.Call) {
    for copy in [call.copy] + call.riders.map(\.copy) + call.counted.sorted() { ledger.excuse(copy) }
  }

  private func mistaken(_ outcome: SendOutcome, of call: SimulatedSinks.Call) -> SendOutcome {
    switch (outcome, bug) {
    case (.rejected, .takeRefusedPackForSent) where !call.riders.isEmpty: .delivered(proven: true)
    case (.failed(let failure, let fault, _), .buryInOutage) where fault != .message: .rejected(failure)
    case (.limited, .takeLimitForSuccess): .delivered(proven: true)
    case (.limited(let failure, _), .ignoreRetryAfter): .limited(failure, retryAfter: 0)
    default: outcome
    }
  }
}
