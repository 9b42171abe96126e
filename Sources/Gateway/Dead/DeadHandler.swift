import Core
import JSON
import Platform

/// `/api/dead…` for one loop: reads orders, answers when they are carried out. Confined to the loop.
final class DeadHandler {
  private struct Request {
    let exchange: Exchange
    let option: ResponseHead.Connection
    let method: HTTPMethod
  }

  private let gate: IntakeGate
  private let metrics: MetricsShard
  private let clock: AnswerClock
  private let pages: DeadPageMaker
  private let mailbox: Mailbox<IntakeLoop.Message>
  private let reader = JSONReader(maxItems: 1)
  private var waiting: [UInt64: Request] = [:]
  private var next: UInt64 = 0

  init(_ parts: IntakeParts, metrics: MetricsShard, mailbox: Mailbox<IntakeLoop.Message>, clock: AnswerClock) {
    gate = parts.gate
    pages = parts.deadPages
    self.metrics = metrics
    self.mailbox = mailbox
    self.clock = clock
  }

  func handle(
    _ endpoint: Router.Endpoint, _ head: RequestHead, in message: Span<UInt8>, body: Span<UInt8>,
    _ exchange: Exchange
  ) {
    let request = Request(exchange: exchange.promised(), option: head.connection, method: head.method)
    if gate.isRefusing {
      return answer(request, Page(Problem(.unavailable, detail: "The gateway is shutting down.")))
    }
    if head.method == .post || head.method == .delete, let refusal = ChangeRule.refusal(head, in: message) {
      return answer(request, Page(Problem(.forbidden, detail: refusal.description)))
    }
    do throws(Problem) {
      let order = try order(endpoint, head, message, body)
      let number = next
      next += 1
      waiting[number] = request
      gate.unanswered(1)
      pages(order) { [mailbox] page in mailbox.send(.page(number, page)) }
    } catch {
      answer(request, Page(error))
    }
  }

  func answered(_ number: UInt64, _ page: Page) {
    guard let request = waiting.removeValue(forKey: number) else { return }
    gate.unanswered(-1)
    answer(request, page)
  }

  // MARK: Reading

  private func order(
    _ endpoint: Router.Endpoint, _ head: RequestHead, _ message: Span<UInt8>, _ body: Span<UInt8>
  ) throws(Problem) -> DeadOrder {
    if endpoint == .deadLetter { return try letter(message.extracting(head.path)) }
    var order = DeadOrder(endpoint == .deadReplay ? .replay : head.method == .delete ? .purge : .list)
    let kind: Problem.Kind = order.task.changes ? .malformedBody : .malformedRequest
    do throws(DeadOrderProblem) {
      if let query = head.query {
        guard !order.task.changes else { throw DeadOrderProblem("what is meant stands in the body, not in the query.") }
        try order.take(query: String(text: message.extracting(query)), now: clock.milliseconds)
      }
      if order.task.changes { try read(body, &order) }
      try order.check()
    } catch {
      throw Problem(kind, detail: error.detail)
    }
    return order
  }

  private func letter(_ path: Span<UInt8>) throws(Problem) -> DeadOrder {
    let text = String(text: path)
    guard let key = DeadKey(text[text.index(after: text.lastIndex(of: "/") ?? text.startIndex)...]) else {
      throw Problem(.notFound, detail: "This is not the key of a dead letter.")
    }
    var order = DeadOrder(.read)
    order.keys = [key]
    return order
  }

  private func read(_ body: Span<UInt8>, _ order: inout DeadOrder) throws(DeadOrderProblem) {
    switch reader.read(body, as: .value) {
    case .object: break
    case .refused(let failure): throw DeadOrderProblem(failure.problem.detail.description)
    case .array, .lines: throw DeadOrderProblem("the body is a JSON object.")
    }
    let now = clock.milliseconds
    var taken = order
    try reader.withItem(0) { (members, text) throws(DeadOrderProblem) in
      for index in members.indices {
        let member = members[index]
        try taken.take(
          String(text: text.extracting(member.name)), member.kind, String(text: text.extracting(member.value)), now: now
        )
      }
    }
    order = taken
    reader.shrink()
  }

  // MARK: Answering

  private func answer(_ request: Request, _ page: Page) {
    var head = ResponseHead(
      page.status, page.mediaType, connection: gate.isLeaving ? .close : request.option)
    if page.status == .serviceUnavailable { head.retryAfter = Self.retryAfter }
    request.exchange.answer(head, page.body)
    metrics.answered(request.method, .other, status: page.status, nanoseconds: 0)
  }

  /// Seconds that an operator is asked to wait.
  private static let retryAfter = 5
}
