import Core
import JSON
import Platform

/// `POST /log` for one loop: reads events, gathers the copies of a turn, answers when they are durable. Confined to the loop.
final class LogHandler {
  /// Answers that wait in one turn before its events so far go to the queue: the disk works while the loop reads on.
  private static let submitCount = 16

  private let gate: IntakeGate
  private let metrics: MetricsShard
  private let clock: AnswerClock
  private var slow: SlowRequests
  private let reader = JSONReader()
  private var rules: EventRules
  private var random = RandomBytes()
  private let console: Console
  private var turn: IntakeTurn
  private let outbox: IntakeOutbox

  init(_ parts: IntakeParts, metrics: MetricsShard, mailbox: Mailbox<IntakeLoop.Message>, clock: AnswerClock) {
    gate = parts.gate
    self.metrics = metrics
    self.clock = clock
    console = parts.console
    slow = SlowRequests(parts.settings, console: parts.console)
    rules = EventRules(settings: parts.settings)
    turn = IntakeTurn(parts.settings, console: parts.console)
    outbox = IntakeOutbox(parts, mailbox: mailbox)
  }

  func update(_ settings: Settings) {
    slow = SlowRequests(settings, console: console)
    rules = EventRules(settings: settings)
    turn.update(settings)
  }

  func handle(
    _ head: RequestHead, in message: Span<UInt8>, body: Span<UInt8>, on connection: Connection, at now: UInt64
  ) {
    let request = Request(
      connection: connection, option: gate.isRefusing ? .close : head.connection, isCoded: head.contentEncoding != nil,
      began: now)
    gate.sawRequest(at: now)
    guard !gate.isRefusing else {
      return refuse(.unavailable, "The gateway is shutting down.", retryAfter: 1, .draining, request)
    }
    guard gate.hasRoom(for: body.count) else {
      return refuse(
        .unavailable, "Too many events wait to be stored (http.max_buffered_bytes).", retryAfter: 1, .unavailable,
        request)
    }
    let verdict = BodyFormat.of(head, in: message, body: body)
    guard case .format(let format) = verdict else {
      if let problem = verdict.problem { refuse(problem.kind, problem.detail, .mediaType, request) }
      return
    }
    var key = IdempotencyKey.absent
    if let field = head.idempotencyKey { key = IdempotencyKey(message.extracting(field)) }
    switch reader.read(body, as: format == .lines ? .lines : .value) {
    case .object: takeSingle(key, request)
    case .array, .lines: takeBatch(key, request)
    case .refused(let failure):
      metrics.rejected(failure.problem == .notAnObject ? .invalidEvent : .invalidJSON)
      answer(Problem(failure), request)
    }
  }

  /// Hands this turn's copies to the queue and its local lines to the console.
  func submit() {
    turn.writeLocalLines()
    guard turn.hasCopies else { return }
    outbox.submit(&turn)
  }

  /// The queue has answered for a batch.
  func stored(_ batch: UInt64, _ outcome: StoreOutcome, at now: UInt64) {
    guard let sent = outbox.take(batch) else { return }
    gate.unanswered(-sent.waiting.count)
    gate.buffered(-sent.bytes)
    if case .unavailable = outcome {} else { turn.write(sent.lines) }
    for waiting in sent.waiting { answer(waiting, outcome, at: now) }
  }

  // MARK: Reading

  private func takeSingle(_ key: IdempotencyKey, _ request: Request) {
    guard key.isValid(forBatch: false) else { return refuseKey(request) }
    let id = key.id(forItem: nil)
    let arrival = clock.milliseconds
    reader.withItem(0) { members, text in
      switch rules.check(members, text: text, arrival: arrival, key: id, makeID: { makeID(arrival) }) {
      case .invalid(let problems):
        metrics.rejected(.invalidEvent)
        answer(Problem(invalidEvent: problems), request)
      case .valid(let event):
        count(event)
        let (routes, rows) = turn.add(event, text: text, began: request.began)
        let accepted = AcceptedAnswer(event, text: text, routes: routes)
        guard !routes.isEmpty else {
          metrics.accepted(domain: event.domain, level: event.level, stored: .none)
          return answerAccepted(request, at: request.began) { accepted.append(stored: .none, to: &$0) }
        }
        turn.wait(
          WaitingAnswer(
            connection: request.connection, option: request.option, ticket: request.connection.promise(),
            began: request.began,
            content: .single(accepted, domain: event.domain, level: event.level, rows: rows)))
      }
    }
    if turn.waiting.count >= Self.submitCount { submit() }
  }

  private func takeBatch(_ key: IdempotencyKey, _ request: Request) {
    guard key.isValid(forBatch: true) else { return refuseKey(request) }
    let batch = WaitingBatch()
    let arrival = clock.milliseconds
    for index in reader.items.indices {
      if let problem = reader.items[index].problem {
        metrics.rejected(.invalidJSON)
        batch.answer.itemRefused(index, problem)
        continue
      }
      let id = key.id(forItem: index)
      reader.withItem(index) { members, text in
        let verdict = rules.check(
          members, text: text, arrival: arrival, key: id, isBatchItem: true, makeID: { makeID(arrival) })
        switch verdict {
        case .invalid(let problems):
          metrics.rejected(.invalidEvent)
          batch.answer.itemRefused(index, problems)
        case .valid(let event):
          count(event)
          let (_, rows) = turn.add(event, text: text, began: request.began)
          batch.add(index, domain: event.domain, level: event.level, rows: rows)
        }
      }
    }
    reader.shrink()
    let waiting = WaitingAnswer(
      connection: request.connection, option: request.option, ticket: request.connection.promise(),
      began: request.began,
      content: .batch(batch))
    if batch.hasCopies { turn.wait(waiting) } else { answer(waiting, .spooled, at: request.began, isCounted: false) }
  }

  private func makeID(_ arrival: Int64) -> EventID {
    .uuidV7(milliseconds: arrival, random: (random.next(), random.next()))
  }

  private func count(_ event: EventDraft) {
    if event.truncation.contains(.message) { metrics.truncated(.message) }
    if event.truncation.contains(.extraInfo) { metrics.truncated(.extraInfo) }
  }

  // MARK: Answering

  private struct Request {
    let connection: Connection
    let option: ResponseHead.Connection
    /// The body has a content coding.
    let isCoded: Bool
    /// Monotonic nanoseconds at which it was complete.
    let began: UInt64
  }

  private func answer(_ waiting: WaitingAnswer, _ outcome: StoreOutcome, at now: UInt64, isCounted: Bool = true) {
    let option = gate.isRefusing ? ResponseHead.Connection.close : waiting.option
    var status = HTTPStatus.accepted
    waiting.connection.fulfil(waiting.ticket) { output in
      status = waiting.content.append(outcome, metrics, clock, option, to: &output)
    }
    if option == .close { waiting.connection.finish() }
    metrics.answered(
      .post, .log, status: status, nanoseconds: Int(truncatingIfNeeded: now &- waiting.began))
    slow.answered(in: now &- waiting.began, at: clock.milliseconds)
  }

  private func answerAccepted(_ request: Request, at now: UInt64, _ body: (inout [UInt8]) -> Void) {
    request.connection.answer { output in
      let open = clock.accepted.begin(request.option, in: &output)
      body(&output)
      clock.accepted.end(open, in: &output)
    }
    metrics.answered(.post, .log, status: .accepted, nanoseconds: 0)
  }

  private func refuseKey(_ request: Request) {
    metrics.rejected(.malformedRequest)
    let detail = "Idempotency-Key must be 1 to 64 of A-Z a-z 0-9 . _ : - (57 for a batch)."
    answer(Problem(.malformedRequest, detail: detail), request)
  }

  private func refuse(
    _ kind: Problem.Kind, _ detail: StaticString, retryAfter: Int? = nil, _ reason: RejectionReason, _ request: Request
  ) {
    metrics.rejected(reason)
    answer(Problem(kind, detail: detail.description), retryAfter: retryAfter, request)
  }

  private func answer(_ problem: Problem, retryAfter: Int? = nil, _ request: Request) {
    var head = ResponseHead(problem.kind, connection: request.option)
    head.retryAfter = retryAfter
    head.namesCodings = problem.kind == .unsupportedMediaType && request.isCoded
    var body: [UInt8] = []
    body.append(problem)
    request.connection.answer { ResponseWriter.append(head, date: clock.date, body: body.span, to: &$0) }
    if request.option == .close { request.connection.finish() }
    metrics.answered(.post, .log, status: problem.kind.status, nanoseconds: 0)
  }
}

extension Problem {
  /// A text that cannot be used as a whole: well-formed JSON that is no event is 422, everything else 400.
  fileprivate init(_ failure: JSONFailure) {
    let place = failure.offset.map { " (near byte \($0))" } ?? ""
    let kind: Kind = failure.problem == .notAnObject ? .invalidEvent : .malformedBody
    self.init(kind, detail: failure.problem.detail.description + place)
  }
}
