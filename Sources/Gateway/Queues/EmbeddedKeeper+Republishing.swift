import Core
import Database

/// The way of spooled copies to whoever publishes them.
extension EmbeddedKeeper {
  func assignSpool(to owner: SpoolOwner) {
    guard owner != self.owner else { return }
    self.owner = owner
    for (queue, outlet) in outlets.enumerated() {
      outlet.republishAt = 0
      outlet.nextDue = 0
      attention.insert(queue)
    }
  }

  func republish(window: Int, receive: @escaping @Sendable ([Delivery]) -> Void) {
    let unsettled = republisher?.unsettled ?? 0
    republisher = EmbeddedRepublisher(window: window, receive: receive)
    republisher?.unsettled = unsettled
  }

  func giveBackParked(_ isGivenBack: Bool, _ names: [QueueName]) {
    for name in names {
      guard let queue = indices[name] else { continue }
      outlets[queue].giveBackParked(isGivenBack)
      if isGivenBack {
        // Given out while the consumer's thread was ending, which took nothing any more.
        settlements += outlets[queue].beginSettlingForsaken().map { (queue, $0, .settled(.returned)) }
      }
      attention.insert(queue)
    }
  }

  /// Queues take turns, so that a long one does not keep the others waiting.
  func feedRepublisher(at now: Int64) {
    guard owner == .republisher, republisher != nil, !outlets.isEmpty else { return }
    var deliveries: [Delivery] = []
    var fruitless = 0
    while let credit = republisher?.credit, credit > 0, fruitless < outlets.count {
      guard let queue = republisher?.takeTurn(of: outlets.count) else { break }
      let given = takeTurn(of: queue, limit: min(credit, EmbeddedRepublisher.turnCopies), at: now)
      fruitless = given.count == 0 ? fruitless + 1 : 0
      republisher?.unsettled += given.deliveries.count
      deliveries += given.deliveries
    }
    if !deliveries.isEmpty { republisher?.receive(deliveries) }
  }

  private func takeTurn(of queue: Int, limit: Int, at now: Int64) -> (count: Int, deliveries: [Delivery]) {
    let outlet = outlets[queue]
    guard outlet.republishAt <= now else { return (0, []) }
    outlet.republishAt = 0
    return take(from: queue, at: now) { (store, taken) throws(DatabaseError) in
      if outlet.isParkedGivenBack {
        try takeParked(limit, of: queue, store, into: &taken)
      }
      try takeSpooled(limit - taken.count, of: queue, store, for: .republisher, into: &taken)
    }
  }

  /// Takes up to `limit` parked copies, oldest first, whatever time they wait for.
  private func takeParked(
    _ limit: Int, of queue: Int, _ store: EmbeddedStore, into taken: inout [EmbeddedRow]
  ) throws(DatabaseError) {
    let outlet = outlets[queue]
    while taken.count < limit, let cursor = outlet.parkedCursor {
      let wanted = limit - taken.count
      let rows = try store.parked(queue, after: cursor, limit: wanted)
      for row in rows where !outlet.isOut(row.sequence) {
        outlet.gaveOut(row, to: .republisher)
        taken.append(row)
      }
      outlet.lookedAtParked(upTo: rows.count < wanted ? nil : rows.last?.sequence)
    }
  }
}
