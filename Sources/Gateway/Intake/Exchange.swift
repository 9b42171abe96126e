import Core

/// One request's way back to its client, whatever protocol it came by. Confined to its loop.
struct Exchange {
  private let carrier: any ExchangeCarrier
  private let place: AnswerPlace
  /// The body's length is told and the body left out.
  private let isHead: Bool
  /// The client's X-Request-Id, which goes back with the answer.
  private let requestID: [UInt8]?

  /// Of a request that was not read to the end of its head.
  init(_ carrier: any ExchangeCarrier, _ place: AnswerPlace, isHead: Bool, requestID: [UInt8]? = nil) {
    self.carrier = carrier
    self.place = place
    self.isHead = isHead
    self.requestID = requestID
  }

  init(_ carrier: any ExchangeCarrier, _ place: AnswerPlace, _ head: RequestHead, in message: Span<UInt8>) {
    self.init(carrier, place, isHead: head.method == .head, requestID: head.requestID(in: message))
  }

  var site: Site { carrier.site }
  /// Whose connection it came by; `nil` through a Unix socket.
  var peer: IPAddress? { carrier.transport.peer }

  /// Whom the client's certificate names; empty for a client without one.
  var certifiedNames: [ClientSubject] { carrier.transport.certifiedNames }

  /// The same exchange, whose answer follows later: its turn is kept. `answer` must follow, once.
  func promised() -> Exchange {
    Exchange(carrier, carrier.promise(place), isHead: isHead, requestID: requestID)
  }

  /// Answers. Where `head` says so, no more requests are read and the connection closes after its last answer.
  func answer(_ head: ResponseHead, _ body: [UInt8]) { carrier.answer(place, named(head), isHead: isHead, body) }

  /// Answers with the body that `write` appends: for those whose cost counts.
  func answer(_ head: ResponseHead, write: (inout [UInt8]) -> Void) {
    carrier.answer(place, named(head), isHead: isHead, write: write)
  }

  /// Answers with a body that comes from `source` piece by piece; with no source, with the head alone.
  func stream(_ head: ResponseHead, from source: (any AnswerSource)?) {
    carrier.stream(place, named(head), from: source)
  }

  /// The source has something again.
  func goOn() { carrier.markDirty() }

  private func named(_ head: ResponseHead) -> ResponseHead {
    guard let requestID else { return head }
    var named = head
    named.requestID = requestID
    return named
  }
}

/// Which of a connection's answers: a place in line, or a stream.
struct AnswerPlace: Sendable, Equatable {
  let number: UInt64

  /// Behind all that are promised.
  static let next = AnswerPlace(number: .max)
}

/// A connection as those see it who answer its requests: it writes status, fields and body as its protocol has them.
protocol ExchangeCarrier: AnyObject {
  var site: Site { get }
  var transport: Transport { get }
  var loop: IntakeLoop { get }
  func promise(_ place: AnswerPlace) -> AnswerPlace
  /// Takes the answer that `write` appends whole, its head among it.
  func put(_ place: AnswerPlace, _ head: ResponseHead, _ write: (inout [UInt8]) -> Void)
  /// Begins an answer whose body follows from `source`, which has ended where nobody is there to read it.
  func stream(_ place: AnswerPlace, _ head: ResponseHead, from source: (any AnswerSource)?)
  /// Asks for a flush: there is something to send.
  func markDirty()
}

extension ExchangeCarrier {
  func answer(_ place: AnswerPlace, _ head: ResponseHead, isHead: Bool, _ body: [UInt8]) {
    let clock = loop.handler.clock
    put(place, head) { ResponseWriter.append(head, date: clock.date, body: body.span, toHead: isHead, to: &$0) }
  }

  func answer(_ place: AnswerPlace, _ head: ResponseHead, isHead: Bool, write: (inout [UInt8]) -> Void) {
    let clock = loop.handler.clock
    put(place, head) { clock.append(head, toHead: isHead, to: &$0, body: write) }
  }
}
