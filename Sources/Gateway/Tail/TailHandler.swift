import Core
import Platform

/// `GET /api/tail` for one loop: opens streams, and lets them go on when there is something to send. Confined to the loop.
final class TailHandler {
  /// How long a stream may say nothing, in nanoseconds.
  private static let keepAlive: UInt64 = 15_000_000_000
  /// Seconds that one more reader is asked to wait.
  private static let retryAfter = 5

  private let gate: IntakeGate
  private let hub: TailHub
  private let metrics: MetricsShard
  private let mailbox: Mailbox<IntakeLoop.Message>
  private let domains: [String]
  private var open: [UInt64: TailStream] = [:]
  private var next: UInt64 = 0

  init(_ parts: IntakeParts, metrics: MetricsShard, mailbox: Mailbox<IntakeLoop.Message>) {
    gate = parts.gate
    hub = parts.tails
    self.metrics = metrics
    self.mailbox = mailbox
    domains = parts.settings.domains.map(\.name)
  }

  func handle(_ head: RequestHead, in message: Span<UInt8>, _ exchange: Exchange, at now: UInt64) {
    let filter: TailFilter
    do throws(QueryProblem) {
      filter = try TailFilter(
        query: head.query.map { String(text: message.extracting($0)) } ?? "", domains: domains)
    } catch {
      return refuse(Problem(.malformedRequest, detail: error.detail), head, exchange)
    }
    guard !gate.isRefusing else {
      return refuse(Problem(.unavailable, detail: "The gateway is shutting down."), head, exchange)
    }
    // Nothing can follow a stream, so that the connection ends with it.
    var answer = ResponseHead(.ok, .eventStream, connection: head.method == .head ? head.connection : .close)
    answer.isChunked = head.minorVersion > 0
    guard head.method != .head else {
      answered(head, .ok)
      return exchange.stream(answer, from: nil)
    }
    let tail = Tail(filter, number: next, mailbox: mailbox)
    guard hub.join(tail) else {
      return refuse(
        Problem(.unavailable, detail: "\(TailHub.maxTails) readers are the most at once, and they are there."), head,
        exchange)
    }
    next += 1
    let stream = TailStream(tail, exchange, at: now) { [unowned self] in
      open[tail.number] = nil
      hub.leave(tail)
    }
    open[tail.number] = stream
    answered(head, .ok)
    exchange.stream(answer, from: stream)
  }

  /// Something waits for a reader.
  func called(_ number: UInt64) { open[number]?.goOn() }

  /// About once a second.
  func ticked(at now: UInt64) {
    for stream in open.values where now &- stream.lastSent > Self.keepAlive { stream.keepAlive() }
  }

  private func refuse(_ problem: Problem, _ head: RequestHead, _ exchange: Exchange) {
    var answer = ResponseHead(problem.kind, connection: gate.isLeaving ? .close : head.connection)
    if problem.kind == .unavailable { answer.retryAfter = Self.retryAfter }
    answered(head, answer.status)
    exchange.answer(answer) { $0.append(problem) }
  }

  private func answered(_ head: RequestHead, _ status: HTTPStatus) {
    metrics.answered(head.method, .other, status: status, nanoseconds: 0)
  }
}
