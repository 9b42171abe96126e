import Core
import Database
import Platform

/// Giving copies out, to consumers and to the republisher, as far as their credit goes.
extension EmbeddedKeeper {
  func giveOut() {
    guard store != nil else { return }
    let now = Clock.unixMilliseconds()
    if let look = nextLook, look <= now {
      for (queue, outlet) in outlets.enumerated() where whenToLook(outlet).map({ $0 <= now }) ?? false {
        attention.insert(queue)
      }
    }
    for queue in attention where queue < outlets.count { feedConsumer(queue, at: now) }
    attention.removeAll(keepingCapacity: true)
    feedRepublisher(at: now)
    nextLook = outlets.lazy.compactMap(whenToLook).min()
  }

  /// When an outlet has something to give that only time keeps back; `nil` if nothing is known of.
  private func whenToLook(_ outlet: EmbeddedOutlet) -> Int64? {
    var look: Int64?
    if outlet.credit > 0 {
      if owner == .workers, outlet.restUntil > 0 { look = outlet.restUntil }
      if givesParkedToConsumer(outlet), let due = outlet.nextDue {
        look = min(look ?? .max, max(due, outlet.restUntil))
      }
    }
    if owner == .republisher, republisher.map({ $0.credit > 0 }) ?? false {
      let rest = max(outlet.restUntil, outlet.republishAt)
      if rest > 0 { look = min(look ?? .max, rest) }
    }
    return look
  }

  private func givesParkedToConsumer(_ outlet: EmbeddedOutlet) -> Bool {
    owner == .workers || !outlet.isParkedGivenBack
  }

  /// Parked copies whose time has come go first: they are the oldest. Where the order is kept, spooled ones that are older
  /// than the next of them go before it.
  private func feedConsumer(_ queue: Int, at now: Int64) {
    let outlet = outlets[queue]
    let isDue = givesParkedToConsumer(outlet) && outlet.isDue(now)
    guard isDue || owner == .workers, outlet.credit > 0, let consumer = outlet.consumer else { return }
    let (_, deliveries) = take(from: queue, at: now) { (store, taken) throws(DatabaseError) in
      if isDue { try takeDue(of: queue, store, at: now, into: &taken) }
      if owner == .workers { try takeSpooled(outlet.credit, of: queue, store, for: .consumer, into: &taken) }
    }
    if !deliveries.isEmpty { consumer.receive(deliveries) }
  }

  private func takeDue(
    of queue: Int, _ store: EmbeddedStore, at now: Int64, into taken: inout [EmbeddedRow]
  ) throws(DatabaseError) {
    let outlet = outlets[queue]
    let limit = outlet.dueLimit
    let rows = try store.due(queue, at: now, limit: limit)
    let isOrdered = owner == .workers && options.ordered.contains(store.name(queue))
    var isLeft = false
    for row in rows where !outlet.isOut(row.sequence) {
      if isOrdered {
        try takeSpooled(
          outlet.credit, of: queue, store, for: .consumer, before: row.sequence, into: &taken)
      }
      guard outlet.credit > 0 else {
        isLeft = true
        break
      }
      outlet.gaveOut(row, to: .consumer)
      taken.append(row)
    }
    outlet.nextDue = rows.count < limit && !isLeft ? try store.nextDue(queue, after: now) : now
  }

  /// Takes up to `limit` spooled copies with numbers below `end`, oldest first.
  func takeSpooled(
    _ limit: Int, of queue: Int, _ store: EmbeddedStore, for holder: EmbeddedOutlet.Holder,
    before end: Int64 = .max, into taken: inout [EmbeddedRow]
  ) throws(DatabaseError) {
    let outlet = outlets[queue]
    var left = limit
    while left > 0 {
      if let row = outlet.takeReady(before: end) {
        outlet.gaveOut(row, to: holder)
        taken.append(row)
        left -= 1
      } else if outlet.hasReady {
        return
      } else if outlet.mayHavePacks, let pack = try store.nextPack(queue, after: outlet.cursor) {
        outlet.readPack(pack.first, pack.rows)
      } else {
        outlet.mayHavePacks = false
        return
      }
    }
  }

  /// Takes copies from a queue with `body`, which counts each as given out: how many it were, and those that can be delivered.
  /// Damaged ones are moved away. If that or reading fails, all of it goes back and the queue rests for a while.
  func take(
    from queue: Int, at now: Int64,
    _ body: (EmbeddedStore, inout [EmbeddedRow]) throws(DatabaseError) -> Void
  ) -> (count: Int, deliveries: [Delivery]) {
    let outlet = outlets[queue]
    guard let store, outlet.restUntil <= now else { return (0, []) }
    var taken: [EmbeddedRow] = []
    do {
      try body(store, &taken)
      let damaged = taken.filter { !$0.isIntact }
      if !damaged.isEmpty { try quarantine(damaged, of: queue, store) }
    } catch {
      for row in taken {
        guard let (row, _) = outlet.settled(UInt64(row.sequence)) else { continue }
        outlet.cameBack(row)
      }
      // A queue that cannot be read is reported once, not with every attempt.
      if outlet.restUntil == 0 { notice(.warning, "reading \(store.name(queue)) failed: \(error)") }
      outlet.restUntil = now + Self.retryMilliseconds
      if error.code == .corrupt, self.store === store { replaceDamagedFile(error) }
      return (0, [])
    }
    outlet.restUntil = 0
    guard !taken.isEmpty else { return (0, []) }
    publishFigures(store, CollectionOfOne(queue))
    let name = store.name(queue)
    return (taken.count, taken.lazy.filter(\.isIntact).map { $0.delivery(of: name) })
  }

  /// Moves copies whose bytes have changed into a file each; the rest of the queue goes on.
  private func quarantine(_ rows: [EmbeddedRow], of queue: Int, _ store: EmbeddedStore) throws(DatabaseError) {
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
      _ = try store.commit()
    } catch {
      store.rollback()
      failed(error, [], store)
      throw error
    }
    for row in rows { _ = outlets[queue].settled(UInt64(row.sequence)) }
    notice(.warning, "\(rows.count) damaged copies of \(store.name(queue)) were moved to \(options.quarantine)")
  }
}
