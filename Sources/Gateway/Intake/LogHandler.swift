import Compression
import Core
import JSON
import Platform

/// `POST /log` for one loop: reads events, gathers the copies of a turn, answers when they are durable. Confined to the loop.
final class LogHandler {
  /// Answers that wait in one turn before its events so far go to the queue: the disk works while the loop reads on.
  static let submitCount = 16
  static let drainingDetail: StaticString = "The gateway is shutting down."

  let gate: IntakeGate
  let metrics: MetricsShard
  let clock: AnswerClock
  var slow: SlowRequests
  private var peers: PeerPolicy
  let reader = JSONReader()
  let inflater = BodyInflater()
  /// What bodies are inflated into, empty between them.
  var spareBody: [UInt8] = []
  /// Bytes of a body, inflated; `http.max_body_bytes`.
  private(set) var maxBodyBytes: Int
  var rules: EventRules
  var access: ClientAccess
  var random = RandomBytes()
  private let console: Console
  var turn: IntakeTurn
  private let tails: TailHub
  private let outbox: IntakeOutbox
  /// How many there are like this one.
  private let loops: Int
  private(set) var admission: Admission
  let ids: ClientIDs
  let writer: AnswerWriter

  init(_ parts: IntakeParts, metrics: MetricsShard, mailbox: Mailbox<IntakeLoop.Message>, clock: AnswerClock) {
    gate = parts.gate
    self.metrics = metrics
    self.clock = clock
    console = parts.console
    maxBodyBytes = parts.settings.http.maxBodyBytes
    slow = SlowRequests(parts.settings, console: parts.console)
    peers = PeerPolicy(parts.settings.http)
    rules = EventRules(settings: parts.settings)
    access = ClientAccess(parts.clients)
    turn = IntakeTurn(parts.settings, console: parts.console)
    tails = parts.tails
    loops = parts.heartbeats.count
    outbox = IntakeOutbox(parts, mailbox: mailbox)
    admission = Admission(parts)
    ids = ClientIDs(parts, mailbox: mailbox)
    writer = AnswerWriter(metrics: metrics)
  }

  func update(_ settings: Settings, _ clients: Clients) {
    access = ClientAccess(clients)
    maxBodyBytes = settings.http.maxBodyBytes
    slow = SlowRequests(settings, console: console)
    peers = PeerPolicy(settings.http)
    rules = EventRules(settings: settings)
    turn.update(settings)
    ids.update(settings)
  }

  /// A complete request; `known`: whose it is, if that was found out before its body came.
  func handle(
    _ head: RequestHead, in message: Span<UInt8>, body: Span<UInt8>, _ exchange: Exchange,
    known: ClientAccess.Verdict?, at now: UInt64
  ) {
    var request = Request(
      exchange: exchange, option: gate.isLeaving ? .close : head.connection, isCoded: head.contentEncoding != nil,
      trace: head.traceparent.flatMap { TraceParent(message.extracting($0)) }, began: now,
      address: peers.client(of: exchange.peer, head, in: message))
    gate.sawRequest(at: now)
    guard !gate.isRefusing else {
      return refuse(.unavailable, Self.drainingDetail, retryAfter: 1, .draining, request)
    }
    guard admit(head, in: message, known: known, &request) else { return }
    guard gate.hasRoom(for: body.count) else {
      return refuseForWantOfRoom(request)
    }
    if head.contentEncoding != nil, head.framing != .none {
      takeCoded(head, in: message, body: body, request)
    } else {
      take(head, in: message, body: body, request)
    }
  }

  /// `body` is without its content coding.
  func take(_ head: RequestHead, in message: Span<UInt8>, body: Span<UInt8>, _ request: Request) {
    let verdict = BodyFormat.of(head, in: message, body: body)
    guard case .format(let format) = verdict else {
      if let problem = verdict.problem { refuse(problem.kind, problem.detail, .mediaType, request) }
      return
    }
    var key = IdempotencyKey.absent
    if let field = head.idempotencyKey { key = IdempotencyKey(message.extracting(field)) }
    switch reader.read(body, as: format == .lines ? .lines : .value) {
    case .object: takeSingle(key, body, request)
    case .array, .lines: takeBatch(key, body, request)
    case .refused(let failure):
      metrics.rejected(failure.problem == .notAnObject ? .invalidEvent : .invalidJSON)
      answer(Problem(failure), request)
    }
  }

  func turnBegan(at now: UInt64) {
    admission.turnBegan(at: now, oldest: outbox.oldest)
    turn.began(for: tails)
  }

  /// Hands this turn's copies to the queue and its local lines to the console.
  func submit() {
    turn.writeLocalLines()
    outbox.remember(turn.takeLocalEvents())
    guard turn.hasCopies else {
      // None of them has a copy: they are taken as they are.
      turn.takeTailed()?.publish(.spooled)
      return
    }
    outbox.submit(&turn)
  }

  /// So much of this loop waits to be durable that reading more would fill the memory sooner than the disk empties it.
  ///
  /// What is not read waits in its socket and is taken a moment later; what is read has to be refused. Once events are
  /// refused, nothing waits any more: a refusal should be quick.
  var isFull: Bool { outbox.bytes > gate.bytesToStore(ofLoops: loops) && !admission.isShedding }

  /// The queue has answered for a batch.
  func stored(_ batch: UInt64, _ outcome: StoreOutcome, at now: UInt64) {
    guard let sent = outbox.take(batch) else { return }
    gate.unanswered(-sent.waiting.count)
    gate.buffered(-sent.bytes)
    if case .unavailable = outcome {} else { turn.write(sent.lines) }
    sent.tailed?.publish(outcome)
    ids.ended(sent.claims, outcome, at: clock.milliseconds)
    for waiting in sent.waiting { stored(waiting, outcome, at: now) }
  }

  /// The first with an event's id was stored, or was not.
  func twinEnded(_ number: UInt64, _ end: TwinEnd, at now: UInt64) {
    guard let twin = ids.takeTwin(number) else { return }
    gate.unanswered(-1)
    switch twin.answer.content {
    case .twin(let accepted):
      answer(twin.answer, at: now) { writer.answer($0, accepted, end, $1) }
    case .batch(let batch):
      batch.ended(twin.index ?? 0, end, isAwaited: true, metrics)
      if batch.isComplete { answer(batch, twin.answer, at: now) }
    case .single: break
    }
  }

  struct Request {
    let exchange: Exchange
    let option: ResponseHead.Connection
    /// The body has a content coding.
    let isCoded: Bool
    /// Of each of its events.
    let trace: TraceParent?
    /// Monotonic nanoseconds at which it was complete.
    let began: UInt64
    /// Of the client, as far as trusted proxies tell it; `nil` through a Unix socket.
    let address: IPAddress?
    /// Whose token it has; `nil` if it needs none.
    var client: Clients.Client?
  }
}
