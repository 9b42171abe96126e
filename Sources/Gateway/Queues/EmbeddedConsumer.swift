import Core

/// One consumer of the embedded queue: how far it has read and what it holds. Confined to the queue's thread.
final class EmbeddedConsumer {
  private(set) var prefetch: Int
  private(set) var receive: @Sendable ([Delivery]) -> Void
  /// No longer fed; what it holds may still be settled.
  var isCancelled = false
  /// One of its copies waits for room among the dead letters; until there is some, it is not fed.
  var isHeldBack = false
  /// Where the last pack that was read begins.
  private(set) var cursor: Int64 = 0
  /// False once there was no further pack; set again when something may have come.
  var mayHavePacks = true
  /// When parked copies are to be looked at; `nil` when none is known.
  var nextDue: Int64? = 0
  private var outstanding: [UInt64: EmbeddedRow] = [:]
  private var settling: Set<UInt64> = []
  private var parkedOutstanding = 0
  /// Read and not given out, oldest first.
  private var ready: [EmbeddedRow] = []
  private var nextReady = 0

  init(prefetch: Int, receive: @escaping @Sendable ([Delivery]) -> Void) {
    self.prefetch = prefetch
    self.receive = receive
  }

  /// Another consumer takes over what this one holds.
  func replace(prefetch: Int, receive: @escaping @Sendable ([Delivery]) -> Void) {
    self.prefetch = prefetch
    self.receive = receive
    isCancelled = false
  }

  var unsettled: Int { outstanding.count }

  var credit: Int { isCancelled || isHeldBack ? 0 : max(0, prefetch - outstanding.count) }

  /// How many rows a look at the parked copies must fetch to find `credit` that are not outstanding.
  var dueLimit: Int { credit + parkedOutstanding }

  func isDue(_ now: Int64) -> Bool { nextDue.map { $0 <= now } ?? false }

  func isOutstanding(_ sequence: Int64) -> Bool { outstanding[UInt64(sequence)] != nil }

  func outstanding(_ tag: UInt64) -> EmbeddedRow? { outstanding[tag] }

  func gaveOut(_ row: EmbeddedRow) {
    outstanding[UInt64(row.sequence)] = row
    if row.pack == nil { parkedOutstanding += 1 }
  }

  /// The oldest copy that was read and not given out.
  func takeReady() -> EmbeddedRow? {
    guard nextReady < ready.count else { return nil }
    defer {
      nextReady += 1
      if nextReady == ready.count {
        ready.removeAll(keepingCapacity: true)
        nextReady = 0
      }
    }
    return ready[nextReady]
  }

  /// A pack was read; it is behind everything that is ready.
  func readPack(_ first: Int64, _ rows: [EmbeddedRow]) {
    cursor = first
    ready += rows
  }

  /// Notes that a copy's settlement waits for a commit; false if it is not outstanding or has one already.
  func beginSettling(_ tag: UInt64) -> Bool {
    outstanding[tag] != nil && settling.insert(tag).inserted
  }

  /// Takes a copy off the books; `nil` if it was not outstanding.
  func settled(_ tag: UInt64) -> EmbeddedRow? {
    guard let row = outstanding.removeValue(forKey: tag) else { return nil }
    settling.remove(tag)
    if row.pack == nil { parkedOutstanding -= 1 }
    return row
  }

  /// A copy that was given out is to be given out again, before younger ones.
  func cameBack(_ row: EmbeddedRow) {
    guard row.pack != nil else { return nextDue = 0 }
    let place = ready[nextReady...].firstIndex { $0.sequence > row.sequence } ?? ready.count
    ready.insert(row, at: place)
  }

  func parked(until due: Int64) {
    nextDue = min(nextDue ?? due, due)
  }

  /// The file was opened afresh: what was read and not given out is read again.
  func startAgain() {
    ready = []
    nextReady = 0
    cursor = 0
    mayHavePacks = true
    nextDue = 0
  }
}
