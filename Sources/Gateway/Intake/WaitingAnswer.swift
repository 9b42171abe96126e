import Core

/// An answer that is given when the copies it speaks of are durable.
struct WaitingAnswer {
  enum Content {
    /// `rows` are its copies in the batch that went to the queue.
    case single(AcceptedAnswer, domain: Int, level: Level, rows: Range<Int>)
    case batch(WaitingBatch)
  }

  let connection: Connection
  /// What becomes of the connection after the answer.
  let option: ResponseHead.Connection
  let ticket: AnswerQueue.Ticket
  /// Monotonic nanoseconds at which the request was complete.
  let began: UInt64
  let content: Content
}

/// A batch whose valid items wait together.
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

  func add(_ index: Int, domain: Int, level: Level, rows: Range<Int>) {
    items.append(Item(index: index, domain: domain, level: level, rows: rows))
    if !rows.isEmpty { hasCopies = true }
  }

  /// Enters the outcome of every valid item; returns where the accepted ones are: in the spool if any copy is.
  func conclude(_ outcome: StoreOutcome, _ metrics: MetricsShard) -> StoredIn {
    var all = StoredIn.none
    for item in items {
      guard let stored = outcome.stored(item.rows) else {
        answer.itemUnavailable(item.index)
        metrics.rejected(.unavailable)
        continue
      }
      answer.itemAccepted()
      metrics.accepted(domain: item.domain, level: item.level, stored: stored)
      if stored == .spool || all == .none { all = stored }
    }
    items = []
    return all
  }
}

extension WaitingAnswer.Content {
  /// Seconds that a client is asked to wait when nothing durable could take its event.
  private static let retryAfter = 2

  /// Appends the whole HTTP answer and returns its status.
  func append(
    _ outcome: StoreOutcome, _ metrics: MetricsShard, _ clock: AnswerClock, _ option: ResponseHead.Connection,
    to output: inout [UInt8]
  ) -> HTTPStatus {
    switch self {
    case .single(let accepted, let domain, let level, let rows):
      guard let stored = outcome.stored(rows) else {
        let failure = outcome.failure ?? .unwritable
        metrics.rejected(failure == .closed ? .draining : .unavailable)
        var body: [UInt8] = []
        body.append(Problem(.unavailable, detail: failure.sentence))
        return Self.append(body, .unavailable, clock, option, to: &output)
      }
      metrics.accepted(domain: domain, level: level, stored: stored)
      let open = clock.accepted.begin(option, in: &output)
      accepted.append(stored: stored, to: &output)
      clock.accepted.end(open, in: &output)
      return .accepted
    case .batch(let batch):
      let stored = batch.conclude(outcome, metrics)
      guard batch.answer.accepted > 0 else {
        var body: [UInt8] = []
        let kind = batch.answer.appendProblem(to: &body)
        return Self.append(body, kind, clock, option, to: &output)
      }
      let open = clock.accepted.begin(option, in: &output)
      batch.answer.append(stored: stored, to: &output)
      clock.accepted.end(open, in: &output)
      return .accepted
    }
  }

  private static func append(
    _ body: [UInt8], _ kind: Problem.Kind, _ clock: AnswerClock, _ option: ResponseHead.Connection,
    to output: inout [UInt8]
  ) -> HTTPStatus {
    var head = ResponseHead(kind, connection: option)
    if kind == .unavailable { head.retryAfter = retryAfter }
    ResponseWriter.append(head, date: clock.date, body: body.span, to: &output)
    return kind.status
  }
}

extension StoreFailure {
  /// What a client is told.
  fileprivate var sentence: String {
    switch self {
    case .full: "The store has reached its limit; send the event again later."
    case .diskFull: "The disk is full; send the event again later."
    case .unwritable: "The store cannot be written; send the event again later."
    case .closed: "The gateway is shutting down; send the event again."
    }
  }
}
