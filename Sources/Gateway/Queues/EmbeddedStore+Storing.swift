import Core
import Database

extension EmbeddedStore {
  func insert(_ batch: CopyBatch, at now: Int64) throws(DatabaseError) {
    arrival = now
    let bytes = batch.bytes.span
    for row in batch.rows { _ = try append(row, bytes) }
    try remember(batch.claims.map { SeenEvent(key: $0.key, content: $0.content, stored: .spool) }, at: now)
  }

  /// Like `insert`, and returns the copies as they were stored, row by row.
  func insertNoting(_ batch: CopyBatch, at now: Int64) throws(DatabaseError) -> [(queue: Int, row: EmbeddedRow)] {
    arrival = now
    let bytes = batch.bytes.span
    var rows: [(queue: Int, row: EmbeddedRow)] = []
    rows.reserveCapacity(batch.rows.count)
    for row in batch.rows {
      let index = row.queue.rawValue
      let sequence = queues[index].nextSequence
      let pack = try append(row, bytes)
      let stored = EmbeddedRow(
        sequence: sequence, id: Array(batch.bytes[row.id]), audience: row.audience,
        digest: ContentDigest(bytes.extracting(row.digest)), attempt: 0, body: Array(batch.bytes[row.body]), at: now,
        isIntact: true, pack: pack)
      rows.append((index, stored))
    }
    return rows
  }

  /// Returns the first number of the pack that the copy is in.
  @inline(__always)
  private func append(_ row: CopyBatch.Row, _ bytes: Span<UInt8>) throws(DatabaseError) -> Int64 {
    let index = row.queue.rawValue
    var pack = try takePack(index)
    pack.add(
      id: bytes.extracting(row.id), audience: row.audience, digest: bytes.extracting(row.digest),
      body: bytes.extracting(row.body))
    let first = pack.first
    filling[index] = pack
    queues[index].nextSequence += 1
    change(index) {
      $0.stored += 1
      $0.queued += 1
      $0.bytes += Int64(row.body.count)
    }
    return first
  }

  /// The pack that takes the queue's next copy; out of the dictionary, so that it is not copied when it grows.
  private func takePack(_ index: Int) throws(DatabaseError) -> EmbeddedPack {
    var memory: [UInt8] = []
    if let pack = filling.removeValue(forKey: index) {
      guard pack.isFull else { return pack }
      try statements.insert(pack, at: arrival)
      memory = pack.content
    } else {
      swap(&memory, &spare)
    }
    return EmbeddedPack(first: queues[index].nextSequence, spare: memory)
  }

  // MARK: Copies from the broker

  /// Parks a copy that came from the broker; `nil` if it is parked already.
  func park(_ copy: ForeignCopy, of index: Int, at now: Int64) throws(DatabaseError) -> EmbeddedRow? {
    let row = EmbeddedRow(copy, sequence: queues[index].nextSequence, at: now)
    let mayBeHere = copy.digest != nil || copy.isRedelivered
    if mayBeHere, try rowStatements.isParked(row, queue: queues[index].number) { return nil }
    try takeNumber(index)
    let parking = Parking(dueAt: copy.dueAt, lane: copy.lane, attempt: copy.attempt)
    try rowStatements.park(row, parking)
    change(index) {
      $0.stored += 1
      $0.queued += 1
      $0.parked += 1
      $0.grouped += parking.isGrouped ? 1 : 0
      $0.bytes += Int64(row.body.count)
    }
    return row
  }

  /// Makes a copy that came from the broker a dead letter.
  func bury(_ copy: ForeignCopy, _ note: DeathNote, of index: Int, at now: Int64) throws(DatabaseError) {
    let row = EmbeddedRow(copy, sequence: queues[index].nextSequence, at: now)
    try takeNumber(index)
    try rowStatements.bury(row, note, at: now)
    change(index) {
      $0.stored += 1
      $0.buried += 1
      $0.dead += 1
      $0.deadBytes += Int64(row.body.count)
    }
  }

  /// Uses up the queue's next number. The numbers of a pack have no gap, so one that is being filled ends here.
  private func takeNumber(_ index: Int) throws(DatabaseError) {
    if let pack = filling.removeValue(forKey: index) { try statements.insert(pack, at: arrival) }
    queues[index].nextSequence += 1
  }
}

extension EmbeddedRow {
  fileprivate init(_ copy: ForeignCopy, sequence: Int64, at now: Int64) {
    self.init(
      sequence: sequence, id: Array(copy.messageID.utf8), audience: nil, digest: copy.digest, attempt: copy.attempt,
      body: copy.body, at: now, isIntact: true, pack: nil)
  }
}
