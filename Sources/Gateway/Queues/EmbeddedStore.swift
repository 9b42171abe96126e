import Core
import Database

/// The tables of one embedded queue file. Confined to the queue's thread; knows nothing of consumers.
///
/// What a transaction changes in memory is gathered while it is open and takes effect with its commit.
final class EmbeddedStore {
  struct QueueState {
    let name: QueueName
    let number: Int64
    var nextSequence: Int64
    var committed: QueueCounters
    var change: QueueCounters?
  }

  /// A pack of which copies are being settled.
  struct OpenPack {
    let copies: Int
    /// Those that are settled, the open transaction excepted.
    var gone: Set<Int64>
  }

  let database: Database
  /// The file was made, or was empty: it holds nothing of what was stored before.
  let isNew: Bool
  let statements: EmbeddedStatements
  let rowStatements: EmbeddedRowStatements
  let seenStatements: EmbeddedSeenStatements
  /// Remembered events in the file, the open transaction included.
  var seen: SeenCount
  /// How many the file may hold, about.
  var maxSeen = 0
  let deadStatements: EmbeddedDeadStatements
  var queues: [QueueState] = []
  var openPacks: [Int64: OpenPack] = [:]
  /// By pack, what the open transaction settles.
  var leaving: [Int64: Set<Int64>] = [:]
  /// The same, once it is written.
  private var left: [Int64: Set<Int64>] = [:]
  /// By queue, packs that are being filled.
  var filling: [Int: EmbeddedPack] = [:]
  /// An array whose memory the next pack may use.
  var spare: [UInt8] = []
  /// When the copies of the open transaction arrived, Unix milliseconds.
  var arrival: Int64 = 0
  private var touched: [Int] = []

  /// Opens or creates the file and its queues. `names` come first, in their order; queues that the file
  /// holds for domains no longer configured follow. Copies are numbered from `firstNumber` on at the least.
  init(path: String, names: [QueueName], firstNumber: Int64) throws(DatabaseError) {
    database = try Database(path: path)
    isNew = try EmbeddedSchema.prepare(database) == 0
    statements = try EmbeddedStatements(database)
    rowStatements = try EmbeddedRowStatements(database)
    seenStatements = try EmbeddedSeenStatements(database)
    seen = try seenStatements.counted()
    deadStatements = try EmbeddedDeadStatements(database)
    try loadQueues(names, firstNumber)
  }

  var names: [QueueName] { queues.map(\.name) }

  func name(_ queue: Int) -> QueueName { queues[queue].name }

  func counters(_ queue: Int) -> QueueCounters { queues[queue].committed }

  /// One more than the highest number that any queue has given to a copy.
  var nextNumber: Int64 {
    queues.reduce(0) { max($0, $1.nextSequence - $1.number << EmbeddedSchema.sequenceBits) }
  }

  /// By a queue's number, the number that would follow its copies, whatever the present one is.
  func numbersThatFollow() throws(DatabaseError) -> [(queue: Int64, sequence: Int64)] {
    var numbers: [(queue: Int64, sequence: Int64)] = []
    for queue in queues { numbers.append((queue.number, try statements.nextSequence(queue: queue.number))) }
    return numbers
  }

  /// Body bytes of all dead letters.
  var deadBytes: Int64 { queues.reduce(0) { $0 + $1.committed.deadBytes } }

  /// Bytes of the file that hold something; pages freed by deliveries do not count, nor does what intake remembers.
  func liveBytes() throws(DatabaseError) -> Int64 {
    let pages = try statements.single(statements.pageCount)
    let free = try statements.single(statements.freeCount)
    return (pages - free) * Int64(Database.pageBytes) - seen.bytes
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
    seen.ended(isCommitted: true)
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
    seen.ended(isCommitted: false)
    for index in touched { queues[index].change = nil }
    touched.removeAll(keepingCapacity: true)
    leaving.removeAll(keepingCapacity: true)
    left.removeAll(keepingCapacity: true)
    if let pack = filling.values.first, pack.content.capacity <= 2 * EmbeddedPack.maxBytes { spare = pack.content }
    filling.removeAll(keepingCapacity: true)
  }

  func change(_ index: Int, _ body: (inout QueueCounters) -> Void) {
    if queues[index].change == nil { touched.append(index) }
    var counters = queues[index].change ?? .zero
    body(&counters)
    queues[index].change = counters
  }

  func sequences(of index: Int) -> Range<Int64> {
    let first = queues[index].number << EmbeddedSchema.sequenceBits
    return first..<(first + 1 << EmbeddedSchema.sequenceBits)
  }

  // MARK: Opening

  private func loadQueues(_ names: [QueueName], _ firstNumber: Int64) throws(DatabaseError) {
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
      let first = state.number << EmbeddedSchema.sequenceBits + max(0, firstNumber)
      state.nextSequence = max(first, try statements.nextSequence(queue: state.number))
      queues.append(state)
      queues[queues.count - 1].committed.grouped = try rowStatements.count(
        sequences(of: queues.count - 1), lanes: DigestLane.prefix)
    }
  }
}
