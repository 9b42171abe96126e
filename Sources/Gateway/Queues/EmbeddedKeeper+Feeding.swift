import Core
import Database
import Platform

extension EmbeddedKeeper {
  /// Gives every consumer what its credit allows: parked copies whose time has come first, they are the oldest.
  func feedConsumers() {
    guard let store, !board.state.isDeadStoreFull else { return }
    let now = Clock.unixMilliseconds()
    if let due = earliestDue, due <= now {
      for (queue, consumer) in consumers.enumerated() where consumer?.isDue(now) == true { attention.insert(queue) }
    }
    for queue in attention {
      guard queue < consumers.count, let consumer = consumers[queue], consumer.credit > 0 else { continue }
      do {
        try feed(consumer, queue, store, at: now)
      } catch {
        consumer.mayHaveReady = false
        notice("reading \(store.name(queue)) failed: \(error)")
      }
    }
    attention.removeAll(keepingCapacity: true)
    earliestDue = consumers.lazy.compactMap { $0.flatMap { $0.credit > 0 ? $0.nextDue : nil } }.min()
  }

  private func feed(
    _ consumer: EmbeddedConsumer, _ queue: Int, _ store: EmbeddedStore, at now: Int64
  ) throws(DatabaseError) {
    var deliveries: [Delivery] = []
    var damaged: [EmbeddedStore.Row] = []
    if consumer.isDue(now) {
      let limit = consumer.dueLimit
      let rows = try store.due(queue, at: now, limit: limit)
      take(rows, store.name(queue), consumer, parked: true, &deliveries, &damaged)
      consumer.nextDue = rows.count < limit ? try store.nextDue(queue, after: now) : now
    }
    if consumer.mayHaveReady, consumer.credit > 0 {
      let limit = consumer.readyLimit
      let rows = try store.ready(queue, after: consumer.cursor, limit: limit)
      take(rows, store.name(queue), consumer, parked: false, &deliveries, &damaged)
      consumer.mayHaveReady = rows.count == limit
    }
    if !damaged.isEmpty { try quarantine(damaged, consumer, queue, store) }
    guard !deliveries.isEmpty else { return }
    publishFigures(store, [queue])
    consumer.receive(deliveries)
  }

  private func take(
    _ rows: [EmbeddedStore.Row], _ name: QueueName, _ consumer: EmbeddedConsumer, parked: Bool,
    _ deliveries: inout [Delivery], _ damaged: inout [EmbeddedStore.Row]
  ) {
    for row in rows where consumer.credit > 0 && !consumer.isOutstanding(row.sequence) {
      consumer.gaveOut(row.sequence, bytes: row.body.count, wasParked: parked)
      guard row.isIntact else {
        damaged.append(row)
        continue
      }
      let suffix = row.audience.map { ".\($0.rawValue)" } ?? ""
      deliveries.append(
        Delivery(
          tag: UInt64(row.sequence), queue: name, messageID: row.id + suffix, attempt: row.attempt, body: row.body))
    }
  }

  /// Moves rows whose checksum does not match into a file each; the rest of the queue goes on.
  private func quarantine(
    _ rows: [EmbeddedStore.Row], _ consumer: EmbeddedConsumer, _ queue: Int, _ store: EmbeddedStore
  ) throws(DatabaseError) {
    do throws(SystemError) {
      try Folder.create(options.quarantine)
      for row in rows {
        try Folder.write(row.body, to: "\(options.quarantine)/\(store.name(queue))-\(row.sequence).json")
      }
    } catch {
      throw DatabaseError(code: .inputOutput, description: "\(error)")
    }
    try store.begin()
    for row in rows {
      guard let copy = consumer.settled(UInt64(row.sequence)) else { continue }
      try store.delete(
        row.sequence, bytes: copy.bytes, wasParked: copy.wasParked, of: queue, as: .quarantined)
    }
    publishFigures(store, try store.commit())
    notice("\(rows.count) damaged rows of \(store.name(queue)) were moved to \(options.quarantine)")
  }
}
