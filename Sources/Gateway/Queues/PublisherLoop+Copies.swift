import AMQP
import Core
import Platform

/// Copies that come in, and what the machine decides for each.
extension PublisherLoop {
  func store(_ batch: CopyBatch, _ completion: @escaping @Sendable (StoreOutcome) -> Void) {
    guard !batch.rows.isEmpty else { return completion(.spooled) }
    let readAt = batch.readAt == 0 ? nanoseconds : min(batch.readAt, nanoseconds)
    let number = batches.insert(PublisherBatch(.intake(batch, completion), handedAt: nanoseconds))
    submit(batch.rows.indices, of: batch, number, since: readAt)
  }

  /// Rows that wait since then, in monotonic nanoseconds.
  private func submit(_ rows: some Sequence<Int>, of batch: CopyBatch, _ number: Int, since start: UInt64) {
    let deadline = Int64(start / 1_000_000) + machine.confirmTimeout
    for row in rows {
      let copy = batch.rows[row]
      machine.submitted(
        PublisherTicket(batch: number, row: row).value, bytes: copy.body.count, lane: copy.queue.rawValue,
        .intake(deadline: deadline), now: now, &actions)
    }
    perform()
  }

  func send(_ letters: [DeadLetter], _ completion: @escaping @Sendable ([Bool]) -> Void) {
    guard !letters.isEmpty else { return completion([]) }
    let number = batches.insert(PublisherBatch(.letters(letters, completion), handedAt: nanoseconds))
    for (row, letter) in letters.enumerated() {
      machine.submitted(
        PublisherTicket(batch: number, row: row).value, bytes: letter.body.count, .letter, now: now, &actions)
    }
    perform()
  }

  func republish(_ deliveries: [Delivery]) {
    guard !deliveries.isEmpty else { return }
    let number = batches.insert(PublisherBatch(.spooled(deliveries), handedAt: nanoseconds))
    for (row, delivery) in deliveries.enumerated() {
      machine.submitted(
        PublisherTicket(batch: number, row: row).value, bytes: delivery.body.count,
        lane: CopyPack.holds(id: delivery.messageID) ? queues[delivery.queue.description] : nil, .spooled, now: now,
        &actions)
    }
    perform()
  }

  /// The spool has fsynced copies, or could not take them.
  func spooled(_ number: Int, _ rows: [Int], _ outcome: StoreOutcome) {
    for (index, row) in rows.enumerated() { batches[number].spooled(row, outcome.outcome(index)) }
    batches.removeIfEnded(number)
  }

  /// The spool has fsynced copies that the broker could have had; where it could not, they go there, and the broker has the
  /// time for them that it has for new ones, since deadlines must rise.
  func shelved(_ number: Int, _ rows: [Int], _ outcome: StoreOutcome) {
    guard case .unavailable = outcome, case .intake(let batch, _) = batches[number].content else {
      return spooled(number, rows, outcome)
    }
    machine.shelfFailed(now: now)
    submit(rows, of: batch, number, since: nanoseconds)
  }

  /// The spool holds copies whose tags are open, or could not take them.
  func held(_ number: Int, _ rows: [Int], _ outcome: HeldOutcome) {
    let batch = batches[number]
    for (index, row) in rows.enumerated() {
      let ticket = PublisherTicket(batch: number, row: row).value
      switch outcome {
      case .held(let tags):
        batch.held(row, tag: tags[index])
        machine.heldStored(ticket, &actions)
      case .unavailable(let failure):
        batch.holdFailed(row, failure)
        machine.heldFailed(ticket)
      }
    }
    perform()
    batches.removeIfEnded(number)
  }

  /// Does what the machine has decided; what goes elsewhere waits in the outbox for the end of the turn.
  func perform() {
    guard !actions.isEmpty else { return }
    for action in actions {
      switch action {
      case .publish(let ticket, let tag):
        let ticket = PublisherTicket(ticket)
        outbox.publish(batches[ticket.batch].copy(ticket.row), tag: tag)
      case .probe: outbox.probe()
      case .confirmed(let ticket): confirmed(PublisherTicket(ticket))
      case .spool(let ticket): PublisherOutbox.append(PublisherTicket(ticket), to: &outbox.spooling)
      case .shelve(let ticket): PublisherOutbox.append(PublisherTicket(ticket), to: &outbox.shelving)
      case .spoolHeld(let ticket):
        let ticket = PublisherTicket(ticket)
        batches[ticket.batch].holding(ticket.row)
        PublisherOutbox.append(ticket, to: &outbox.holding)
      case .lateConfirmed(let ticket): settleHeld(PublisherTicket(ticket), isHandedOver: true)
      case .lateReleased(let ticket): settleHeld(PublisherTicket(ticket), isHandedOver: false)
      case .giveBack(let ticket), .failed(let ticket): ended(PublisherTicket(ticket))
      case .cut: cutter?.cut()
      case .report(let report): take(report)
      }
    }
    actions.removeAll(keepingCapacity: true)
  }

  /// Sends on what the turn has gathered.
  func flush() {
    let copies = outbox.takeCopies()
    if !copies.isEmpty { commands.send(.publish(link: link, copies)) }
    let tell = tell
    for (number, rows) in outbox.spooling {
      guard case .intake(let batch, _) = batches[number].content else { continue }
      spool.store(batch.extracting(rows)) { tell(.spooled(batch: number, rows: rows, $0)) }
    }
    for (number, rows) in outbox.shelving {
      guard case .intake(let batch, _) = batches[number].content else { continue }
      spool.store(batch.extracting(rows)) { tell(.shelved(batch: number, rows: rows, $0)) }
    }
    for (number, rows) in outbox.holding {
      guard case .intake(let batch, _) = batches[number].content else { continue }
      spool.storeHeld(batch.extracting(rows)) { tell(.held(batch: number, rows: rows, $0)) }
    }
    for (name, settlements) in outbox.settlements { spool.settleRepublished(name, settlements) }
    outbox.spooling.removeAll(keepingCapacity: true)
    outbox.shelving.removeAll(keepingCapacity: true)
    outbox.holding.removeAll(keepingCapacity: true)
    outbox.settlements.removeAll(keepingCapacity: true)
  }

  private func confirmed(_ ticket: PublisherTicket) {
    let batch = batches[ticket.batch]
    board.confirms.record(nanoseconds: Int(nanoseconds - batch.handedAt))
    if let delivery = batch.delivery(ticket.row) { settle(delivery.queue, delivery.tag, isHandedOver: true) }
    if let queue = batch.queue(ticket.row) { notices.found(queue) }
    batch.confirmed(ticket.row)
    batches.removeIfEnded(ticket.batch)
  }

  private func ended(_ ticket: PublisherTicket) {
    let batch = batches[ticket.batch]
    if let delivery = batch.delivery(ticket.row) { settle(delivery.queue, delivery.tag, isHandedOver: false) }
    batch.ended(ticket.row)
    batches.removeIfEnded(ticket.batch)
  }

  private func settleHeld(_ ticket: PublisherTicket, isHandedOver: Bool) {
    guard let (queue, tag) = batches[ticket.batch].takeHeld(ticket.row) else { return }
    settle(options.names[queue.rawValue], tag, isHandedOver: isHandedOver)
    batches.removeIfEnded(ticket.batch)
  }

  private func settle(_ name: QueueName, _ tag: UInt64, isHandedOver: Bool) {
    outbox.settlements[name, default: []].append((tag, isHandedOver))
  }
}

extension StoreOutcome {
  /// What became of one row.
  fileprivate func outcome(_ row: Int) -> CopyOutcome {
    switch self {
    case .confirmed: .confirmed
    case .spooled: .spooled
    case .mixed(let outcomes): outcomes[row]
    case .unavailable(let failure): .unavailable(failure)
    }
  }
}
