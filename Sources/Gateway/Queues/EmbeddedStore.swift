import Core
import Database

/// The tables of one embedded queue file. Confined to the queue's thread; knows nothing of consumers.
///
/// What a transaction changes in memory is gathered while it is open and takes effect with its commit.
final class EmbeddedStore {
  private struct QueueState {
    let name: QueueName
    let number: Int64
    var nextSequence: Int64
    var committed: QueueCounters
    var change: QueueCounters?
  }

  /// A pack of which copies are being settled.
  private struct OpenPack {
    let copies: Int
    /// Those that are settled, the open transaction excepted.
    var gone: Set<Int64>
  }

  let database: Database
  private let statements: EmbeddedStatements
  private var queues: [QueueState] = []
  private var touched: [Int] = []
  private var openPacks: [Int64: OpenPack] = [:]
  /// By pack, what the open transaction settles.
  private var leaving: [Int64: Set<Int64>] = [:]
  /// The same, once it is written.
  private var left: [Int64: Set<Int64>] = [:]
  /// By queue, packs that are being filled.
  private var filling: [Int: EmbeddedPack] = [:]
  private var spare: [UInt8] = []

  /// Opens or creates the file and its queues. `names` come first, in their order; queues that the file
  /// holds for domains no longer configured follow.
  init(path: String, names: [QueueName], now: Int64) throws(DatabaseError) {
    database = try Database(path: path)
    try EmbeddedSchema.prepare(database)
    statements = try EmbeddedStatements(database)
    try loadQueues(names, now)
  }

  var names: [QueueName] { queues.map(\.name) }

  func name(_ queue: Int) -> QueueName { queues[queue].name }

  func counters(_ queue: Int) -> QueueCounters { queues[queue].committed }

  /// Body bytes of all dead letters.
  var deadBytes: Int64 { queues.reduce(0) { $0 + $1.committed.deadBytes } }

  /// Bytes of the file that hold something; pages freed by deliveries do not count.
  func liveBytes() throws(DatabaseError) -> Int64 {
    let pages = try statements.single(statements.pageCount)
    let free = try statements.single(statements.freeCount)
    return (pages - free) * Int64(Database.pageBytes)
  }

  /// Gives up to `pages` free pages back to the file system, with the next checkpoint; false if there were none.
  func shrink(_ pages: Int) throws(DatabaseError) -> Bool {
    guard try statements.single(statements.freeCount) > 0 else { return false }
    try database.execute("PRAGMA incremental_vacuum(\(pages))")
    try database.checkpoint()
    return true
  }

  /// Pages that hold nothing.
  func freePages() throws(DatabaseError) -> Int {
    Int(try statements.single(statements.freeCount))
  }

  // MARK: Transactions

  func begin() throws(DatabaseError) {
    try statements.begin.run()
  }

  /// Returns the queues whose counters changed.
  func commit() throws(DatabaseError) -> [Int] {
    for pack in filling.values where pack.copies > 0 { try statements.insert(pack, at: arrival) }
    try writeLeaving()
    for index in touched {
      guard let change = queues[index].change else { continue }
      try statements.count(change, queue: queues[index].number)
    }
    try statements.commit.run()
    for index in touched {
      if let change = queues[index].change { queues[index].committed += change }
    }
    for (pack, sequences) in left { forgetLeft(pack, sequences) }
    let changed = touched
    forgetChanges()
    return changed
  }

  func rollback() {
    if database.isInTransaction { try? database.execute("ROLLBACK") }
    forgetChanges()
  }

  /// Writes what was settled so far, once a transaction and after its last settlement, so that its room is free for what
  /// is stored next. A pack goes with its last copy; until then each settled copy is named.
  func writeLeaving() throws(DatabaseError) {
    for (pack, sequences) in leaving {
      guard let open = openPacks[pack] else { continue }
      if open.gone.count + sequences.count == open.copies {
        try statements.deletePack(first: pack, copies: open.copies, hadGone: !open.gone.isEmpty)
      } else {
        for sequence in sequences { try statements.insertGone(sequence) }
      }
    }
    if !leaving.isEmpty { left = leaving }
    leaving.removeAll(keepingCapacity: true)
  }

  private func forgetLeft(_ pack: Int64, _ sequences: Set<Int64>) {
    guard var open = openPacks.removeValue(forKey: pack) else { return }
    open.gone.formUnion(sequences)
    if open.gone.count < open.copies { openPacks[pack] = open }
  }

  private func forgetChanges() {
    for index in touched { queues[index].change = nil }
    touched.removeAll(keepingCapacity: true)
    leaving.removeAll(keepingCapacity: true)
    left.removeAll(keepingCapacity: true)
    if let pack = filling.values.first, pack.content.capacity <= 2 * EmbeddedPack.maxBytes { spare = pack.content }
    filling.removeAll(keepingCapacity: true)
  }

  private func change(_ index: Int, _ body: (inout QueueCounters) -> Void) {
    if queues[index].change == nil { touched.append(index) }
    var counters = queues[index].change ?? .zero
    body(&counters)
    queues[index].change = counters
  }

  // MARK: Storing

  private var arrival: Int64 = 0

  func insert(_ batch: CopyBatch, at now: Int64) throws(DatabaseError) {
    arrival = now
    let bytes = batch.bytes.span
    for row in batch.rows {
      let index = row.queue.rawValue
      var pack = try takePack(index)
      pack.add(id: bytes.extracting(row.id), audience: row.audience, body: bytes.extracting(row.body))
      filling[index] = pack
      queues[index].nextSequence += 1
      change(index) {
        $0.stored += 1
        $0.queued += 1
        $0.bytes += Int64(row.body.count)
      }
    }
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

  // MARK: Settling

  enum Outcome { case delivered, disabled, quarantined }

  func remove(_ row: EmbeddedRow, of index: Int, as outcome: Outcome) throws(DatabaseError) {
    guard try leave(row) else { return }
    change(index) {
      $0.uncount(row)
      switch outcome {
      case .delivered: $0.delivered += 1
      case .disabled: $0.disabled += 1
      case .quarantined: $0.quarantined += 1
      }
    }
  }

  func bury(_ row: EmbeddedRow, _ note: DeathNote, of index: Int, at now: Int64) throws(DatabaseError) {
    guard try leave(row) else { return }
    try statements.bury(row, note, at: now)
    change(index) {
      $0.uncount(row)
      $0.buried += 1
      $0.dead += 1
      $0.deadBytes += Int64(row.body.count)
    }
  }

  func park(_ row: EmbeddedRow, _ parking: Parking, of index: Int) throws(DatabaseError) {
    if row.pack == nil { return try statements.repark(row.sequence, parking) }
    guard try leave(row) else { return }
    try statements.park(row, parking)
    change(index) { $0.parked += 1 }
  }

  func release(lane: String, of index: Int, at now: Int64) throws(DatabaseError) {
    try statements.release(queue: queues[index].number, lane: lane, at: now)
  }

  /// Takes a copy from where it lies; false if it is not there: a commit that was reported as failed had gone through after
  /// all, or the file was replaced. Then nothing is counted.
  private func leave(_ row: EmbeddedRow) throws(DatabaseError) -> Bool {
    guard let pack = row.pack else {
      try statements.deleteParked(row.sequence)
      return database.changes == 1
    }
    if openPacks[pack] == nil {
      guard let stored = try statements.pack(after: pack - 1, before: pack + 1) else { return false }
      openPacks[pack] = OpenPack(copies: stored.copies, gone: try statements.gone(from: pack, copies: stored.copies))
    }
    guard let open = openPacks[pack], !open.gone.contains(row.sequence) else { return false }
    return leaving[pack, default: []].insert(row.sequence).inserted
  }

  // MARK: Reading

  /// The next pack of a queue after the one that begins at `cursor`: its first number and the copies that are still in it.
  func nextPack(_ index: Int, after cursor: Int64) throws(DatabaseError) -> (first: Int64, rows: [EmbeddedRow])? {
    let range = sequences(of: index)
    guard let stored = try statements.pack(after: max(cursor, range.lowerBound - 1), before: range.upperBound)
    else { return nil }
    let gone = try statements.gone(from: stored.first, copies: stored.copies)
    openPacks[stored.first] = OpenPack(copies: stored.copies, gone: gone)
    let rows = EmbeddedPack.rows(stored.content, first: stored.first, copies: stored.copies, at: stored.at)
    return (stored.first, gone.isEmpty ? rows : rows.filter { !gone.contains($0.sequence) })
  }

  /// Parked copies of a queue whose time has come, the longest due first.
  func due(_ index: Int, at now: Int64, limit: Int) throws(DatabaseError) -> [EmbeddedRow] {
    try statements.due(queue: queues[index].number, at: now, limit: limit)
  }

  /// When the next parked copy of a queue is due after `now`.
  func nextDue(_ index: Int, after now: Int64) throws(DatabaseError) -> Int64? {
    try statements.nextDue(queue: queues[index].number, after: now)
  }

  /// Arrival of a queue's oldest copy, Unix milliseconds; `nil` if it has none.
  func oldest(_ index: Int) throws(DatabaseError) -> Int64? {
    guard queues[index].committed.queued > 0 else { return nil }
    return try statements.oldest(sequences(of: index))
  }

  private func sequences(of index: Int) -> Range<Int64> {
    let first = queues[index].number << EmbeddedSchema.sequenceBits
    return first..<(first + 1 << EmbeddedSchema.sequenceBits)
  }

  // MARK: Opening

  private func loadQueues(_ names: [QueueName], _ now: Int64) throws(DatabaseError) {
    try database.execute("BEGIN IMMEDIATE")
    for name in names { try statements.register(name) }
    try database.execute("COMMIT")
    var found: [QueueName: QueueState] = [:]
    let select = try database.prepare(EmbeddedStatements.selectQueues)
    while try select.step() {
      guard let sink = Sink(rawValue: select.text(2)) else { continue }
      let name = QueueName(domain: select.text(1), sink: sink)
      found[name] = QueueState(
        name: name, number: select.int(0), nextSequence: 0, committed: EmbeddedStatements.counters(select))
    }
    let others = found.keys.filter { !names.contains($0) }.sorted { $0.description < $1.description }
    for name in names + others {
      guard var state = found[name] else { continue }
      let first = state.number << EmbeddedSchema.sequenceBits
      let present = first + max(0, now - EmbeddedSchema.sequenceEpoch)
      state.nextSequence = max(present, try statements.nextSequence(queue: state.number))
      queues.append(state)
    }
  }
}

extension QueueCounters {
  /// The copy is no longer in the queue.
  fileprivate mutating func uncount(_ row: EmbeddedRow) {
    queued -= 1
    bytes -= Int64(row.body.count)
    if row.pack == nil { parked -= 1 }
  }
}
