import Core

/// Where the copies of one queue go out: how far its packs were read, and who holds what. Confined to the queue's thread.
///
/// A copy is in one place at a time: unread, ready, or out with one holder.
final class EmbeddedOutlet {
  /// Who has a copy that is out.
  enum Holder {
    case consumer
    case republisher
    /// Nobody was given it: its tag is still open at the broker.
    case broker
  }

  private struct Out {
    let row: EmbeddedRow
    let holder: Holder
    /// Its settlement waits for a commit.
    var isSettling = false
  }

  var consumer: EmbeddedConsumer?
  /// Parked copies go with the spooled ones, whatever time they wait for.
  private(set) var isParkedGivenBack = false
  /// When parked copies are to be looked at for the consumer; `nil` when none is known.
  var nextDue: Int64? = 0
  /// Nothing is read before: reading or moving damaged copies away has failed.
  var restUntil: Int64 = 0
  /// The republisher gets nothing before: one of its copies came back.
  var republishAt: Int64 = 0
  /// False once there was no further pack; set again when something may have come.
  var mayHavePacks = true
  /// Where the last pack that was read begins.
  private(set) var cursor: Int64 = 0
  /// The same for parked copies that are given back: the number of the last one looked at; `nil` once there was none left.
  private(set) var parkedCursor: Int64?
  private var out: [UInt64: Out] = [:]
  private var consumerHolds = 0
  private var parkedOut = 0
  /// Copies that are out and were counted in a digest.
  private(set) var groupedOut = 0
  /// Read and not given out, oldest first.
  private var ready: [EmbeddedRow] = []
  private var nextReady = 0

  /// Copies that are out.
  var unsettled: Int { out.count }

  /// Every pack was read, and its copies were given out.
  var isDrained: Bool { !mayHavePacks && nextReady == ready.count }

  /// How many copies the consumer may be given.
  var credit: Int {
    guard let consumer, !consumer.isCancelled, !consumer.isHeldBack else { return 0 }
    return max(0, consumer.prefetch - consumerHolds)
  }

  /// How many rows a look at the parked copies must fetch to find `credit` that are not out.
  var dueLimit: Int { credit + parkedOut }

  func isDue(_ now: Int64) -> Bool { nextDue.map { $0 <= now } ?? false }

  // MARK: Giving out

  /// The oldest copy that was read and not given out, if its number is below `end`.
  func takeReady(before end: Int64) -> EmbeddedRow? {
    guard nextReady < ready.count, ready[nextReady].sequence < end else { return nil }
    defer {
      nextReady += 1
      if nextReady == ready.count {
        ready.removeAll(keepingCapacity: true)
        nextReady = 0
      }
    }
    return ready[nextReady]
  }

  /// Whether there is such a copy at all.
  var hasReady: Bool { nextReady < ready.count }

  /// A pack was read; it is behind everything that is ready. What is out of it already is left out.
  func readPack(_ first: Int64, _ rows: [EmbeddedRow]) {
    cursor = first
    if out.isEmpty { ready += rows } else { ready += rows.lazy.filter { !self.isOut($0.sequence) } }
  }

  func isOut(_ sequence: Int64) -> Bool { out[UInt64(sequence)] != nil }

  func gaveOut(_ row: EmbeddedRow, to holder: Holder) {
    out[UInt64(row.sequence)] = Out(row: row, holder: holder)
    if holder == .consumer { consumerHolds += 1 }
    if row.pack == nil { parkedOut += 1 }
    if row.isGrouped { groupedOut += 1 }
  }

  // MARK: Settling

  func row(_ tag: UInt64) -> EmbeddedRow? { out[tag]?.row }

  /// Notes that a copy's settlement waits for a commit; false if it is not out, not with `holder` (`nil` is anyone), or has a
  /// settlement already.
  func beginSettling(_ tag: UInt64, by holder: Holder?) -> Bool {
    guard let place = out.index(forKey: tag), !out.values[place].isSettling,
      holder == nil || out.values[place].holder == holder
    else { return false }
    out.values[place].isSettling = true
    return true
  }

  /// The copies that a cancelled consumer holds and has not settled, in order of their tags; their settlements wait for a
  /// commit from now on.
  func beginSettlingForsaken() -> [UInt64] {
    guard consumer?.isCancelled == true else { return [] }
    return out.keys.sorted().filter { beginSettling($0, by: .consumer) }
  }

  /// Takes a copy off the books; `nil` if it was not out.
  func settled(_ tag: UInt64) -> (row: EmbeddedRow, holder: Holder)? {
    guard let ended = out.removeValue(forKey: tag) else { return nil }
    if ended.holder == .consumer { consumerHolds -= 1 }
    if ended.row.pack == nil { parkedOut -= 1 }
    if ended.row.isGrouped { groupedOut -= 1 }
    return (ended.row, ended.holder)
  }

  /// A copy that was out is to be given out again, before younger ones. One of an unread pack comes with it.
  func cameBack(_ row: EmbeddedRow) {
    guard let pack = row.pack else { return parked(row.sequence, until: 0) }
    guard pack <= cursor else { return mayHavePacks = true }
    let place = ready[nextReady...].firstIndex { $0.sequence > row.sequence } ?? ready.count
    ready.insert(row, at: place)
  }

  /// A copy waits among the parked ones.
  func parked(_ sequence: Int64, until due: Int64) {
    nextDue = min(nextDue ?? due, due)
    parkedCursor = min(parkedCursor ?? .max, sequence - 1)
  }

  // MARK: Parked copies that are given back

  /// Whether parked copies go where spooled ones go.
  func giveBackParked(_ isGivenBack: Bool) {
    isParkedGivenBack = isGivenBack
    parkedCursor = 0
    nextDue = 0
  }

  /// Parked copies were looked at up to `sequence`; `nil` is the end.
  func lookedAtParked(upTo sequence: Int64?) {
    parkedCursor = sequence
  }

  // MARK: A file opened afresh

  /// What was read and not given out is read again. With a file that is not the one they came from, the copies that are out
  /// are gone as well.
  func startAgain(isOtherFile: Bool) {
    if isOtherFile {
      out = [:]
      consumerHolds = 0
      parkedOut = 0
      groupedOut = 0
    }
    ready = []
    nextReady = 0
    cursor = 0
    mayHavePacks = true
    nextDue = 0
    parkedCursor = 0
    restUntil = 0
  }
}
