import Core

/// An answer that is given when the copies it speaks of are durable.
struct WaitingAnswer {
  enum Content {
    /// `rows` are its copies in the batch that went to the queue.
    case single(AcceptedAnswer, domain: Int, level: Level, rows: Range<Int>)
    case batch(WaitingBatch)
    /// The first with its id is being stored.
    case twin(AcceptedAnswer)
  }

  let exchange: Exchange
  /// What becomes of the connection after the answer.
  let option: ResponseHead.Connection
  /// Monotonic nanoseconds at which the request was complete.
  let began: UInt64
  /// Whom the request came from, for the event of one that was slow; `nil` if that is not known.
  let client: IPAddress?
  let content: Content
}

/// A batch whose valid items wait together: for the queue, and for the first ones with their ids.
final class WaitingBatch {
  private struct Item {
    let index: Int
    let domain: Int
    let level: Level
    let rows: Range<Int>
  }

  /// Holds the refusals found on reading.
  var answer = BatchAnswer()
  private var items: [Item] = []
  private(set) var hasCopies = false
  /// Outcomes that are still to come.
  private var awaited = 0
  /// Where the accepted items are: in the spool if any copy is.
  private(set) var stored = StoredIn.none

  var isComplete: Bool { awaited == 0 }

  func await() { awaited += 1 }

  func add(_ index: Int, domain: Int, level: Level, rows: Range<Int>) {
    items.append(Item(index: index, domain: domain, level: level, rows: rows))
    if !rows.isEmpty { hasCopies = true }
  }

  /// Enters the outcome of every item that was to be stored.
  func stored(_ outcome: StoreOutcome, _ metrics: MetricsShard) {
    if hasCopies { awaited -= 1 }
    for item in items {
      guard let stored = outcome.stored(item.rows) else {
        answer.itemUnavailable(item.index)
        metrics.rejected(.unavailable)
        continue
      }
      answer.itemAccepted()
      metrics.accepted(domain: item.domain, level: item.level, stored: stored)
      add(stored)
    }
    items = []
  }

  /// The first with an item's id was stored before, or has ended now.
  func ended(_ index: Int, _ end: TwinEnd, isAwaited: Bool, _ metrics: MetricsShard) {
    if isAwaited { awaited -= 1 }
    switch end {
    case .stored(let stored):
      metrics.duplicate()
      answer.itemIsDuplicate()
      add(stored)
    case .conflict:
      metrics.rejected(.conflict)
      answer.itemRefused(index, .idConflict)
    case .failed:
      metrics.rejected(.unavailable)
      answer.itemUnavailable(index)
    }
  }

  private func add(_ stored: StoredIn) {
    if stored == .spool || self.stored == .none { self.stored = stored }
  }
}
