import Core

/// Gives the answers to events, and counts what they say. Confined to a loop.
struct AnswerWriter {
  /// Seconds that a client is asked to wait when nothing durable could take its event.
  private static let retryAfter = 2

  let metrics: MetricsShard

  /// To a single event whose copies are `stored`, or are not.
  func answer(
    _ exchange: Exchange, _ accepted: AcceptedAnswer, _ stored: StoredIn?, _ failure: StoreFailure?,
    isDuplicate: Bool = false, _ option: ResponseHead.Connection
  ) -> HTTPStatus {
    guard let stored else {
      let failure = failure ?? .unwritable
      metrics.rejected(failure == .closed ? .draining : .unavailable)
      return answer(exchange, Problem(.unavailable, detail: failure.sentence), option)
    }
    exchange.answer(ResponseHead(.accepted, .json, connection: option)) {
      accepted.append(stored: stored, isDuplicate: isDuplicate, to: &$0)
    }
    return .accepted
  }

  /// To a single event with the id of another.
  func answer(
    _ exchange: Exchange, _ accepted: AcceptedAnswer, _ end: TwinEnd, _ option: ResponseHead.Connection
  ) -> HTTPStatus {
    switch end {
    case .stored(let stored):
      metrics.duplicate()
      return answer(exchange, accepted, stored, nil, isDuplicate: true, option)
    case .conflict:
      metrics.rejected(.conflict)
      return answer(exchange, .idConflict, option)
    case .failed(let failure): return answer(exchange, accepted, nil, failure, option)
    }
  }

  func answer(_ exchange: Exchange, _ batch: WaitingBatch, _ option: ResponseHead.Connection) -> HTTPStatus {
    guard batch.answer.accepted > 0 else {
      var body: [UInt8] = []
      let kind = batch.answer.appendProblem(to: &body)
      return answer(exchange, body, kind, option)
    }
    exchange.answer(ResponseHead(.accepted, .json, connection: option)) {
      batch.answer.append(stored: batch.stored, to: &$0)
    }
    return .accepted
  }

  private func answer(_ exchange: Exchange, _ problem: Problem, _ option: ResponseHead.Connection) -> HTTPStatus {
    var body: [UInt8] = []
    body.append(problem)
    return answer(exchange, body, problem.kind, option)
  }

  private func answer(
    _ exchange: Exchange, _ body: [UInt8], _ kind: Problem.Kind, _ option: ResponseHead.Connection
  ) -> HTTPStatus {
    var head = ResponseHead(kind, connection: option)
    if kind == .unavailable || kind == .tooManyRequests { head.retryAfter = Self.retryAfter }
    exchange.answer(head, body)
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
