import Core
import Database
import Platform

/// An order for the dead letters of the file, carried out a step at a time so that nothing else waits long for it.
///
/// Confined to the queue's thread.
final class EmbeddedDeadWork {
  /// Letters that one step looks at, and how long it may take to read them, in nanoseconds.
  private static let stepRows = 128
  private static let stepNanoseconds: UInt64 = 4_000_000
  /// Body bytes that one transaction moves, a last letter excepted.
  private static let stepBytes = 1 << 20

  let order: DeadOrder
  let completion: @Sendable (DeadAnswer) -> Void
  var answer = DeadAnswer()
  /// Numbers that are named, as far as they were not looked at; `nil`: the filter decides.
  private var named: ArraySlice<Int64>?
  private var cursor: Int64 = -1

  init(_ order: DeadOrder, completion: @escaping @Sendable (DeadAnswer) -> Void) {
    self.order = order
    self.completion = completion
    if case .spool(let after) = order.cursor { cursor = after }
    guard !order.keys.isEmpty else { return }
    named = order.keys.compactMap { if case .spool(let sequence) = $0 { sequence } else { nil } }[...]
  }

  /// Letters that the order means and that were looked at now; true with them when there are no more.
  private func look(_ store: EmbeddedStore) throws(DatabaseError) -> (found: [EmbeddedDeadRow], isLast: Bool) {
    if let sequences = named {
      let step = sequences.prefix(Self.stepRows)
      named = sequences.dropFirst(Self.stepRows)
      var found: [EmbeddedDeadRow] = []
      for sequence in step {
        if let row = try store.dead(after: sequence - 1, limit: 1, until: .max).first, row.sequence == sequence {
          found.append(row)
        }
      }
      return (found, sequences.count <= Self.stepRows)
    }
    let deadline = Clock.monotonicNanoseconds() + Self.stepNanoseconds
    let rows = try store.dead(after: cursor, limit: Self.stepRows, until: deadline)
    guard let last = rows.last else { return ([], true) }
    cursor = last.sequence
    let found = rows.filter { row in
      guard let queue = store.queue(of: row.sequence) else { return false }
      return order.filter.includes(store.name(queue))
        && order.filter.includes(reason: row.reason, diedAt: row.diedAt)
    }
    return (found, false)
  }

  // MARK: Reading

  /// True when the order is carried out.
  func read(_ store: EmbeddedStore) throws(DatabaseError) -> Bool {
    let (found, isLast) = try look(store)
    for row in found {
      guard let queue = store.queue(of: row.sequence) else { continue }
      answer.entries.append(row.entry(in: store.name(queue)))
      if order.task == .read, let letter = try store.deadLetter(row.sequence) {
        (answer.body, answer.isIntact) = (letter.body, letter.isIntact)
      }
      if answer.entries.count == order.limit, order.task == .list {
        answer.next = .spool(after: row.sequence)
        return true
      }
    }
    return isLast
  }

  // MARK: Changing

  /// Changes some letters in the open transaction: their numbers by queue. `mayReplay` is false for a queue that nobody serves.
  func change(
    _ store: EmbeddedStore, at now: Int64, mayReplay: (Int) -> Bool
  ) throws(DatabaseError) -> (changed: [(queue: Int, sequence: Int64)], isDone: Bool) {
    var (found, isDone) = try look(store)
    var changed: [(queue: Int, sequence: Int64)] = []
    var bytes = 0
    for row in found {
      guard let queue = store.queue(of: row.sequence) else { continue }
      if bytes > Self.stepBytes || answer.changed + changed.count == order.limit {
        goBack(to: row.sequence, found)
        isDone = answer.changed + changed.count == order.limit
        if isDone { answer.next = .spool(after: row.sequence - 1) }
        break
      }
      if order.task == .replay {
        guard mayReplay(queue), try store.replay(row, of: queue, at: now) else { continue }
      } else {
        guard try store.purge(row, of: queue) else { continue }
      }
      bytes += row.bytes
      changed.append((queue, row.sequence))
    }
    return (changed, isDone)
  }

  /// What was looked at from `sequence` on is looked at again.
  private func goBack(to sequence: Int64, _ found: [EmbeddedDeadRow]) {
    if let rest = named {
      let again = found.map(\.sequence).drop { $0 != sequence }
      named = (Array(again) + rest)[...]
    } else {
      cursor = sequence - 1
    }
  }
}

/// A dead letter's row, without its body.
struct EmbeddedDeadRow {
  let sequence: Int64
  let id: String
  let audience: Audience?
  let bytes: Int
  let attempt: Int
  let reason: String
  let lastStatus: Int
  let lastError: String
  let diedAt: Int64

  func entry(in queue: QueueName) -> DeadEntry {
    DeadEntry(
      key: .spool(sequence), queue: queue, messageID: id, audience: audience, diedAt: diedAt, reason: reason,
      attempts: attempt, lastStatus: lastStatus, lastError: lastError, bytes: bytes)
  }
}
