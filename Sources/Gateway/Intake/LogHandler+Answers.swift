import Core

/// The answers, given at once or when the time has come.
extension LogHandler {
  func promise(_ request: Request, _ content: WaitingAnswer.Content) -> WaitingAnswer {
    WaitingAnswer(
      exchange: request.exchange.promised(), option: request.option, began: request.began, client: request.address,
      content: content)
  }

  func stored(_ waiting: WaitingAnswer, _ outcome: StoreOutcome, at now: UInt64) {
    switch waiting.content {
    case .single(let accepted, let domain, let level, let rows):
      let stored = outcome.stored(rows)
      if let stored { metrics.accepted(domain: domain, level: level, stored: stored) }
      answer(waiting, at: now) { writer.answer($0, accepted, stored, outcome.failure, $1) }
    case .batch(let batch):
      batch.stored(outcome, metrics)
      if batch.isComplete { answer(batch, waiting, at: now) }
    case .twin: break
    }
  }

  func answer(_ batch: WaitingBatch, _ waiting: WaitingAnswer, at now: UInt64) {
    answer(waiting, at: now) { writer.answer($0, batch, $1) }
  }

  func answer(
    _ waiting: WaitingAnswer, at now: UInt64, _ answer: (Exchange, ResponseHead.Connection) -> HTTPStatus
  ) {
    let option = gate.isLeaving ? ResponseHead.Connection.close : waiting.option
    let status = answer(waiting.exchange, option)
    metrics.answered(
      .post, .log, status: status, nanoseconds: Int(truncatingIfNeeded: now &- waiting.began))
    slow.answered(in: now &- waiting.began, at: clock.milliseconds, to: waiting.client)
  }

  /// Counts an answer that was given at once.
  func answered(_ status: HTTPStatus) {
    metrics.answered(.post, .log, status: status, nanoseconds: 0)
  }

  func refuseKey(_ request: Request) {
    metrics.rejected(.malformedRequest)
    let detail = "Idempotency-Key must be 1 to 64 of A-Z a-z 0-9 . _ : - (57 for a batch)."
    answer(Problem(.malformedRequest, detail: detail), request)
  }

  func refuseForWantOfRoom(_ request: Request) {
    refuse(
      .unavailable, "Too many events wait to be stored (http.max_buffered_bytes).", retryAfter: 1, .unavailable, request
    )
  }

  func refuse(
    _ kind: Problem.Kind, _ detail: StaticString, retryAfter: Int? = nil, _ reason: RejectionReason, _ request: Request
  ) {
    metrics.rejected(reason)
    answer(Problem(kind, detail: detail.description), retryAfter: retryAfter, request)
  }

  func answer(
    _ problem: Problem, retryAfter: Int? = nil, namesInvalidToken: Bool = false, _ request: Request
  ) {
    var head = ResponseHead(problem.kind, connection: request.option)
    head.retryAfter = retryAfter
    head.namesInvalidToken = namesInvalidToken
    head.namesCodings = problem.kind == .unsupportedMediaType && request.isCoded
    var body: [UInt8] = []
    body.append(problem)
    request.exchange.answer(head, body)
    answered(problem.kind.status)
  }
}

extension Problem {
  /// A text that cannot be used as a whole: well-formed JSON that is no event is 422, everything else 400.
  init(_ failure: JSONFailure) {
    let place = failure.offset.map { " (near byte \($0))" } ?? ""
    let kind: Kind = failure.problem == .notAnObject ? .invalidEvent : .malformedBody
    self.init(kind, detail: failure.problem.detail.description + place)
  }
}
