import Core
import Platform

/// Answers the requests of one loop: pages at once, events when they are durable. Confined to the loop.
final class RequestHandler {
  private let gate: IntakeGate
  private let pages: PageMaker
  private let metrics: MetricsShard
  let log: LogHandler
  private let dead: DeadHandler
  let tails: TailHandler
  let clock = AnswerClock()
  private var access: AdminAccess
  /// What this turn's first question about health was answered: who asks fifty times at once costs one look.
  private var health: (endpoint: Router.Endpoint, isAdmin: Bool, page: Page)?

  init(_ parts: IntakeParts, metrics: MetricsShard, mailbox: Mailbox<IntakeLoop.Message>) {
    gate = parts.gate
    pages = parts.pages
    self.metrics = metrics
    access = AdminAccess(parts.settings.admin)
    log = LogHandler(parts, metrics: metrics, mailbox: mailbox, clock: clock)
    dead = DeadHandler(parts, metrics: metrics, mailbox: mailbox, clock: clock)
    tails = TailHandler(parts, metrics: metrics, mailbox: mailbox)
  }

  func turnBegan(at now: UInt64) {
    clock.turnBegan()
    health = nil
    log.turnBegan(at: now)
  }

  func update(_ settings: Settings, _ clients: Clients) {
    access = AdminAccess(settings.admin)
    log.update(settings, clients)
  }

  /// Hands this turn's events to the queue.
  func submit() { log.submit() }

  func stored(_ batch: UInt64, _ outcome: StoreOutcome, at now: UInt64) { log.stored(batch, outcome, at: now) }

  func twinEnded(_ twin: UInt64, _ end: TwinEnd, at now: UInt64) { log.twinEnded(twin, end, at: now) }
  func answered(_ number: UInt64, _ page: Page) { dead.answered(number, page) }

  /// Looks at a head whose body is still to come: `nil` if it was refused, so that nobody uploads for nothing.
  func welcome(_ head: RequestHead, in message: Span<UInt8>, _ exchange: Exchange) -> Welcome? {
    if exchange.site.isAdmin {
      guard let refusal = access.refusal(head, in: message) else { return Welcome() }
      closing(refusal.kind, refusal.detail, hasToken: head.authorization != nil, exchange)
      return nil
    }
    guard case .endpoint(.log) = exchange.site.router.route(head, in: message) else { return Welcome() }
    guard !gate.isRefusing else {
      closing(.unavailable, LogHandler.drainingDetail, retryAfter: 1, reason: .draining, exchange)
      return nil
    }
    if case .length(let count) = head.framing, !gate.hasRoom(for: count) {
      refuseForWantOfMemory(exchange)
      return nil
    }
    do throws(ClientAccess.Refusal) {
      return Welcome(verdict: try log.access.verdict(on: head, in: message, from: exchange))
    } catch {
      closing(.unauthorized, error.detail, hasToken: error == .unknown, exchange)
      return nil
    }
  }

  /// A complete request; `welcome` if its head was looked at before.
  func handle(
    _ head: RequestHead, in message: Span<UInt8>, body: Span<UInt8>, _ exchange: Exchange, _ welcome: Welcome?,
    at now: UInt64
  ) {
    if exchange.site.isAdmin, let refusal = access.refusal(head, in: message) {
      // A person's browser comes to the page; programs are not asked for what only a browser would have to ask for.
      let isPage = exchange.site.router.route(head, in: message) == .endpoint(.dashboard)
      return refuse(refusal.kind, refusal.detail, head, path: .other, offersBasic: isPage, exchange)
    }
    switch exchange.site.router.route(head, in: message) {
    case .endpoint(.log):
      log.handle(head, in: message, body: body, exchange, known: welcome?.verdict, at: now)
    case .endpoint(let endpoint) where endpoint.isAboutDeadLetters:
      dead.handle(endpoint, head, in: message, body: body, exchange)
    case .endpoint(.tail): tails.handle(head, in: message, exchange, at: now)
    case .endpoint(let endpoint):
      let page = page(endpoint, isAdmin: exchange.site.isAdmin)
      var answerHead = ResponseHead(page.status, page.mediaType, connection: connectionOption(head))
      answerHead.contentPolicy = page.contentPolicy
      answer(answerHead, page.body, endpoint.path, head, exchange)
    case .options(let methods):
      var answerHead = ResponseHead(.noContent, nil, connection: connectionOption(head))
      answerHead.allow = methods
      answer(answerHead, [], .other, head, exchange)
    case .notFound:
      refuse(.notFound, "There is nothing at this path.", head, path: .other, exchange)
    case .methodNotAllowed(let methods):
      refuse(
        .methodNotAllowed, "This path does not take that method.", head, path: .other, allow: methods, exchange)
    case .notImplemented:
      refuse(.notImplemented, "The method is not implemented.", head, path: .other, exchange)
    }
  }

  private func page(_ endpoint: Router.Endpoint, isAdmin: Bool) -> Page {
    guard endpoint.isAboutHealth else { return pages(endpoint, isAdmin) }
    if let health, health.endpoint == endpoint, health.isAdmin == isAdmin { return health.page }
    let page = pages(endpoint, isAdmin)
    health = (endpoint, isAdmin, page)
    return page
  }

  /// Bytes that are no request; the connection closes after the answer.
  func refuse(_ refusal: Refusal, _ exchange: Exchange) {
    count(refusal.kind)
    answer(closing: refusal.kind, refusal.detail, exchange)
  }

  func timedOut(_ exchange: Exchange) {
    closing(.requestTimeout, "The request did not arrive in time.", exchange)
  }

  func refuseForWantOfMemory(_ exchange: Exchange) {
    closing(
      .unavailable, "Too many request bytes are waiting (http.max_buffered_bytes).", retryAfter: 1, exchange)
  }

  private func closing(
    _ kind: Problem.Kind, _ detail: StaticString, retryAfter: Int? = nil, hasToken: Bool = false,
    reason: RejectionReason? = nil, _ exchange: Exchange
  ) {
    if !exchange.site.isAdmin, let reason = reason ?? RejectionReason(kind) { metrics.rejected(reason) }
    answer(closing: kind, detail, retryAfter: retryAfter, hasToken: hasToken, exchange)
  }

  private func answer(
    closing kind: Problem.Kind, _ detail: StaticString, retryAfter: Int? = nil, hasToken: Bool = false,
    _ exchange: Exchange
  ) {
    var head = ResponseHead(kind, connection: .close)
    head.namesInvalidToken = hasToken
    head.retryAfter = retryAfter
    metrics.answered(.other, .other, status: kind.status, nanoseconds: 0)
    exchange.answer(head) { $0.append(problem: kind, detail: detail) }
  }

  /// Counts a request that should have brought an event.
  private func count(_ kind: Problem.Kind) {
    if let reason = RejectionReason(kind) { metrics.rejected(reason) }
  }

  private func connectionOption(_ head: RequestHead) -> ResponseHead.Connection {
    gate.isLeaving ? .close : head.connection
  }

  private func refuse(
    _ kind: Problem.Kind, _ detail: StaticString, _ head: RequestHead, path: MetricPath, allow: MethodSet? = nil,
    offersBasic: Bool = false, _ exchange: Exchange
  ) {
    var answerHead = ResponseHead(kind, connection: connectionOption(head))
    answerHead.offersBasic = offersBasic
    answerHead.allow = allow
    answerHead.namesInvalidToken = head.authorization != nil
    metrics.answered(head.method, path, status: kind.status, nanoseconds: 0)
    exchange.answer(answerHead) { $0.append(problem: kind, detail: detail) }
  }

  private func answer(
    _ answerHead: ResponseHead, _ body: [UInt8], _ path: MetricPath, _ head: RequestHead, _ exchange: Exchange
  ) {
    metrics.answered(head.method, path, status: answerHead.status, nanoseconds: 0)
    exchange.answer(answerHead, body)
  }
}

/// What the handler has found in a head that it let in before its body.
struct Welcome {
  /// Whose request it is; `nil` where nobody asks.
  var verdict: ClientAccess.Verdict?
}

extension Router.Endpoint {
  /// Its pages come later.
  fileprivate var isAboutDeadLetters: Bool {
    switch self {
    case .dead, .deadReplay, .deadLetter: true
    case .log, .health, .live, .ready, .metrics, .status, .openAPI, .dashboard, .tail: false
    }
  }

  fileprivate var isAboutHealth: Bool {
    switch self {
    case .health, .live, .ready: true
    case .log, .dead, .deadReplay, .deadLetter, .metrics, .status, .openAPI, .dashboard, .tail: false
    }
  }

  var path: MetricPath {
    switch self {
    case .log: .log
    case .health: .health
    case .live: .healthLive
    case .ready: .healthReady
    case .metrics: .metrics
    default: .other
    }
  }
}
