import Core
import Database
import Integrity

/// The statements over one embedded queue file. Confined to the queue's thread; knows nothing of consumers.
///
/// Changes to the counters are gathered while a transaction is open and take effect with its commit.
final class EmbeddedStore {
  /// A copy as the file holds it.
  struct Row {
    let sequence: Int64
    let id: String
    let audience: Audience?
    let attempt: Int
    let body: [UInt8]
    let isIntact: Bool
  }

  private struct QueueState {
    let name: QueueName
    let number: Int64
    var nextSequence: Int64
    var committed: QueueCounters
    var change: QueueCounters?
  }

  let database: Database
  private let statements: EmbeddedStatements
  private var queues: [QueueState] = []
  private var touched: [Int] = []

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

  // MARK: Transactions

  func begin() throws(DatabaseError) {
    try statements.begin.run()
  }

  /// Returns the queues whose counters changed.
  func commit() throws(DatabaseError) -> [Int] {
    for index in touched {
      guard let change = queues[index].change else { continue }
      try statements.count(change, queue: queues[index].number)
    }
    try statements.commit.run()
    for index in touched {
      if let change = queues[index].change { queues[index].committed += change }
    }
    let changed = touched
    forgetChanges()
    return changed
  }

  func rollback() {
    if database.isInTransaction { try? database.execute("ROLLBACK") }
    forgetChanges()
  }

  private func forgetChanges() {
    for index in touched { queues[index].change = nil }
    touched.removeAll(keepingCapacity: true)
  }

  private func change(_ index: Int, _ body: (inout QueueCounters) -> Void) {
    if queues[index].change == nil { touched.append(index) }
    var counters = queues[index].change ?? .zero
    body(&counters)
    queues[index].change = counters
  }

  // MARK: Storing

  func insert(_ batch: CopyBatch, at now: Int64) throws(DatabaseError) {
    let bytes = batch.bytes.span
    for row in batch.rows {
      let index = row.queue.rawValue
      let sequence = queues[index].nextSequence
      queues[index].nextSequence += 1
      let body = bytes.extracting(row.body)
      let id = bytes.extracting(row.id)
      try statements.insert(
        sequence: sequence, id: id, target: row.audience.code, body: body, checksum: Self.checksum(id, body), at: now)
      change(index) {
        $0.stored += 1
        $0.queued += 1
        $0.bytes += Int64(body.count)
      }
    }
  }

  // MARK: Settling

  func delete(_ sequence: Int64, bytes: Int, wasParked: Bool, of index: Int, as outcome: Outcome) throws(DatabaseError)
  {
    statements.delete.bind(1, sequence)
    try statements.delete.run()
    guard database.changes == 1 else { return }
    change(index) {
      $0.queued -= 1
      $0.bytes -= Int64(bytes)
      if wasParked { $0.parked -= 1 }
      switch outcome {
      case .delivered: $0.delivered += 1
      case .disabled: $0.disabled += 1
      case .quarantined: $0.quarantined += 1
      case .buried:
        $0.buried += 1
        $0.dead += 1
        $0.deadBytes += Int64(bytes)
      }
    }
  }

  enum Outcome { case delivered, disabled, quarantined, buried }

  func bury(
    _ sequence: Int64, _ note: DeathNote, bytes: Int, wasParked: Bool, of index: Int, at now: Int64
  ) throws(DatabaseError) {
    try statements.bury(sequence: sequence, note, at: now)
    try delete(sequence, bytes: bytes, wasParked: wasParked, of: index, as: .buried)
  }

  func park(_ sequence: Int64, _ parking: Parking, wasParked: Bool, of index: Int) throws(DatabaseError) {
    try statements.park(sequence: sequence, parking)
    if !wasParked { change(index) { $0.parked += 1 } }
  }

  func release(lane: String, of index: Int, at now: Int64) throws(DatabaseError) {
    try statements.release(queue: queues[index].number, lane: lane, at: now)
  }

  // MARK: Reading

  /// Copies of a queue that wait for nothing, oldest first, after `cursor`.
  func ready(_ index: Int, after cursor: Int64, limit: Int) throws(DatabaseError) -> [Row] {
    let range = sequences(of: index)
    let select = statements.ready
    select.bind(1, max(cursor, range.lowerBound - 1))
    select.bind(2, range.upperBound)
    select.bind(3, Int64(limit))
    return try rows(select)
  }

  /// Parked copies of a queue whose time has come, the longest due first.
  func due(_ index: Int, at now: Int64, limit: Int) throws(DatabaseError) -> [Row] {
    let select = statements.due
    select.bind(1, queues[index].number)
    select.bind(2, now)
    select.bind(3, Int64(limit))
    return try rows(select)
  }

  /// When the next parked copy of a queue is due after `now`.
  func nextDue(_ index: Int, after now: Int64) throws(DatabaseError) -> Int64? {
    let select = statements.nextDue
    select.bind(1, queues[index].number)
    select.bind(2, now)
    defer { select.reset() }
    return try select.step() && !select.isNull(0) ? select.int(0) : nil
  }

  /// Arrival of a queue's oldest copy, Unix milliseconds; `nil` if it has none.
  func oldest(_ index: Int) throws(DatabaseError) -> Int64? {
    guard queues[index].committed.queued > 0 else { return nil }
    let range = sequences(of: index)
    let select = statements.oldest
    select.bind(1, range.lowerBound)
    select.bind(2, range.upperBound)
    defer { select.reset() }
    return try select.step() ? select.int(0) : nil
  }

  private func rows(_ select: Statement) throws(DatabaseError) -> [Row] {
    var rows: [Row] = []
    defer { select.reset() }
    while try select.step() {
      let id = select.bytes(1)
      let body = select.bytes(3)
      rows.append(
        Row(
          sequence: select.int(0), id: String(decoding: id, as: UTF8.self),
          audience: Audience(code: select.int(2)), attempt: Int(select.int(5)), body: body,
          isIntact: Self.checksum(id.span, body.span) == select.int(4)))
    }
    return rows
  }

  private func sequences(of index: Int) -> Range<Int64> {
    let first = queues[index].number << EmbeddedSchema.sequenceBits
    return first..<(first + 1 << EmbeddedSchema.sequenceBits)
  }

  private static func checksum(_ id: Span<UInt8>, _ body: Span<UInt8>) -> Int64 {
    var checksum = Checksum()
    checksum.add(id)
    checksum.add(body)
    return Int64(bitPattern: checksum.value)
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
      state.nextSequence = max(present, try statements.lastSequence(queue: state.number) + 1)
      queues.append(state)
    }
  }
}

extension Optional<Audience> {
  /// How a row keeps the audience.
  fileprivate var code: Int64 {
    switch self {
    case nil: 0
    case .developer: 1
    case .customer: 2
    }
  }
}

extension Audience {
  fileprivate init?(code: Int64) {
    switch code {
    case 1: self = .developer
    case 2: self = .customer
    default: return nil
    }
  }
}
