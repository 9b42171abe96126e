import Core
import Database

extension EmbeddedStore {
  /// How a copy left the queue without becoming a dead letter.
  enum Outcome { case delivered, disabled, quarantined, republished }

  func remove(_ row: EmbeddedRow, of index: Int, as outcome: Outcome) throws(DatabaseError) {
    guard try leave(row) else { return }
    change(index) {
      $0.uncount(row)
      switch outcome {
      case .delivered: $0.delivered += 1
      case .disabled: $0.disabled += 1
      case .quarantined: $0.quarantined += 1
      case .republished: $0.republished += 1
      }
    }
  }

  func bury(_ row: EmbeddedRow, _ note: DeathNote, of index: Int, at now: Int64) throws(DatabaseError) {
    guard try leave(row) else { return }
    try rowStatements.bury(row, note, at: now)
    change(index) {
      $0.uncount(row)
      $0.buried += 1
      $0.dead += 1
      $0.deadBytes += Int64(row.body.count)
    }
  }

  func park(_ row: EmbeddedRow, _ parking: Parking, of index: Int) throws(DatabaseError) {
    let grouped: Int64 = (parking.isGrouped ? 1 : 0) - (row.isGrouped ? 1 : 0)
    if row.pack == nil {
      try rowStatements.repark(row.sequence, parking)
      if grouped != 0, database.changes == 1 { change(index) { $0.grouped += grouped } }
      return
    }
    guard try leave(row) else { return }
    try rowStatements.park(row, parking)
    change(index) {
      $0.parked += 1
      $0.grouped += grouped
    }
  }

  func release(lane: String, of index: Int, at now: Int64) throws(DatabaseError) {
    try rowStatements.release(queue: queues[index].number, lane: lane, at: now)
  }

  /// Makes the oldest parked copies of a lane due; their numbers, and whether there are more.
  func wake(
    lane: String, of index: Int, limit: Int, at now: Int64
  ) throws(DatabaseError) -> (sequences: [Int64], hasMore: Bool) {
    let found = try rowStatements.oldest(sequences(of: index), lane: lane, limit: limit + 1)
    for sequence in found.prefix(limit) { try rowStatements.wake(sequence, at: now) }
    return (Array(found.prefix(limit)), found.count > limit)
  }

  /// Copies that slept when the process ended are due: those of other lives know of none of their lanes. So is, in the
  /// `ordered` queues, whatever else is parked, which then comes in order.
  func wakeSleepers(ordered: Set<QueueName>) throws(DatabaseError) {
    if !ordered.isEmpty { try database.execute(EmbeddedSchema.laneIndex) }
    for queue in queues {
      let dues = ordered.contains(queue.name) ? 1 ... .max : Parking.asleep...Parking.asleep
      try rowStatements.wakeAll(queue: queue.number, dues)
    }
  }

  /// Takes a copy from where it lies; false if it is not there: a commit that was reported as failed had gone through after
  /// all, or the file was replaced. Then nothing is counted.
  private func leave(_ row: EmbeddedRow) throws(DatabaseError) -> Bool {
    guard let pack = row.pack else {
      try rowStatements.deleteParked(row.sequence)
      return database.changes == 1
    }
    if openPacks[pack] == nil {
      guard let stored = try statements.pack(after: pack - 1, before: pack + 1) else { return false }
      openPacks[pack] = OpenPack(copies: stored.copies, gone: try statements.gone(from: pack, copies: stored.copies))
    }
    guard let open = openPacks[pack], !open.gone.contains(row.sequence) else { return false }
    return leaving[pack, default: []].insert(row.sequence).inserted
  }
}

extension QueueCounters {
  /// The copy is no longer in the queue.
  fileprivate mutating func uncount(_ row: EmbeddedRow) {
    queued -= 1
    bytes -= Int64(row.body.count)
    if row.pack == nil { parked -= 1 }
    if row.isGrouped { grouped -= 1 }
  }
}
