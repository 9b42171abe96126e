import Core

/// Writes the answers to events, whole, and counts what they say. Confined to a loop.
struct AnswerWriter {
  /// Seconds that a client is asked to wait when nothing durable could take its event.
  private static let retryAfter = 2

  let metrics: MetricsShard
  let clock: AnswerClock

  /// To a single event whose copies are `stored`, or are not.
  func append(
    _ accepted: AcceptedAnswer, _ stored: StoredIn?, _ failure: StoreFailure?, isDuplicate: Bool = false,
    _ option: ResponseHead.Connection, to output: inout [UInt8]
  ) -> HTTPStatus {
    guard let stored else {
      let failure = failure ?? .unwritable
      metrics.rejected(failure == .closed ? .draining : .unavailable)
      return append(Problem(.unavailable, detail: failure.sentence), option, to: &output)
    }
    let open = clock.accepted.begin(option, in: &output)
    accepted.append(stored: stored, isDuplicate: isDuplicate, to: &output)
    clock.accepted.end(open, in: &output)
    return .accepted
  }

  /// To a single event with the id of another.
  func append(
    _ accepted: AcceptedAnswer, _ end: TwinEnd, _ option: ResponseHead.Connection, to output: inout [UInt8]
  ) -> HTTPStatus {
    switch end {
    case .stored(let stored):
      metrics.duplicate()
      return append(accepted, stored, nil, isDuplicate: true, option, to: &output)
    case .conflict:
      metrics.rejected(.conflict)
      return append(.idConflict, option, to: &output)
    case .failed(let failure): return append(accepted, nil, failure, option, to: &output)
    }
  }

  func append(_ batch: WaitingBatch, _ option: ResponseHead.Connection, to output: inout [UInt8]) -> HTTPStatus {
    guard batch.answer.accepted > 0 else {
      var body: [UInt8] = []
      let kind = batch.answer.appendProblem(to: &body)
      return append(body, kind, option, to: &output)
    }
    let open = clock.accepted.begin(option, in: &output)
    batch.answer.append(stored: batch.stored, to: &output)
    clock.accepted.end(open, in: &output)
    return .accepted
  }

  private func append(
    _ problem: Problem, _ option: ResponseHead.Connection, to output: inout [UInt8]
  ) -> HTTPStatus {
    var body: [UInt8] = []
    body.append(problem)
    return append(body, problem.kind, option, to: &output)
  }

  private func append(
    _ body: [UInt8], _ kind: Problem.Kind, _ option: ResponseHead.Connection, to output: inout [UInt8]
  ) -> HTTPStatus {
    var head = ResponseHead(kind, connection: option)
    if kind == .unavailable { head.retryAfter = Self.retryAfter }
    ResponseWriter.append(head, date: clock.date, body: body.span, to: &output)
    return kind.status
  }
}

extension Problem {
  static let idConflict = Problem(
    .idConflict, detail: "An event with this id and other content was accepted within intake.dedup_window.")
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
