import Core
import Database
import Platform

extension EmbeddedKeeper {
  /// Gives every consumer what its credit allows: parked copies whose time has come first, they are the oldest.
  func feedConsumers() {
    guard let store else { return }
    let now = Clock.unixMilliseconds()
    if let due = earliestDue, due <= now {
      for (queue, consumer) in consumers.enumerated() where consumer?.isDue(now) == true { attention.insert(queue) }
    }
    for queue in attention {
      guard queue < consumers.count, let consumer = consumers[queue], consumer.credit > 0 else { continue }
      do {
        try feed(consumer, queue, store, at: now)
      } catch {
        consumer.mayHavePacks = false
        notice("reading \(store.name(queue)) failed: \(error)")
        if error.code == .corrupt { return replaceDamagedFile(error) }
      }
    }
    attention.removeAll(keepingCapacity: true)
    earliestDue = consumers.lazy.compactMap { $0.flatMap { $0.credit > 0 ? $0.nextDue : nil } }.min()
  }

  private func feed(
    _ consumer: EmbeddedConsumer, _ queue: Int, _ store: EmbeddedStore, at now: Int64
  ) throws(DatabaseError) {
    var taken: [EmbeddedRow] = []
    if consumer.isDue(now) {
      let limit = consumer.dueLimit
      let rows = try store.due(queue, at: now, limit: limit)
      for row in rows where consumer.credit > 0 && !consumer.isOutstanding(row.sequence) {
        consumer.gaveOut(row)
        taken.append(row)
      }
      consumer.nextDue = rows.count < limit ? try store.nextDue(queue, after: now) : now
    }
    while consumer.credit > 0 {
      if let row = consumer.takeReady() {
        // After a file was opened afresh its packs are read again, with what is still out.
        guard !consumer.isOutstanding(row.sequence) else { continue }
        consumer.gaveOut(row)
        taken.append(row)
      } else if consumer.mayHavePacks, let pack = try store.nextPack(queue, after: consumer.cursor) {
        consumer.readPack(pack.first, pack.rows)
      } else {
        consumer.mayHavePacks = false
        break
      }
    }
    guard !taken.isEmpty else { return }
    let damaged = taken.filter { !$0.isIntact }
    if !damaged.isEmpty { try quarantine(damaged, consumer, queue, store) }
    publishFigures(store, [queue])
    let name = store.name(queue)
    consumer.receive(
      taken.lazy.filter(\.isIntact).map { row in
        Delivery(
          tag: UInt64(row.sequence), queue: name, messageID: row.messageID, attempt: row.attempt, body: row.body)
      })
  }

  /// Moves copies whose bytes have changed into a file each; the rest of the queue goes on.
  private func quarantine(
    _ rows: [EmbeddedRow], _ consumer: EmbeddedConsumer, _ queue: Int, _ store: EmbeddedStore
  ) throws(DatabaseError) {
    do throws(SystemError) {
      try Folder.create(options.quarantine)
      for row in rows where !row.body.isEmpty {
        try Folder.write(row.body, to: "\(options.quarantine)/\(store.name(queue))-\(row.sequence).json")
      }
    } catch {
      throw DatabaseError(code: .inputOutput, description: "\(error)")
    }
    do {
      try store.begin()
      for row in rows { try store.remove(row, of: queue, as: .quarantined) }
      publishFigures(store, try store.commit())
    } catch {
      store.rollback()
      throw error
    }
    for row in rows { _ = consumer.settled(UInt64(row.sequence)) }
    notice("\(rows.count) damaged copies of \(store.name(queue)) were moved to \(options.quarantine)")
  }
}
