import Core
import HTTP2

/// From frames to requests, and back to answers.
extension HTTP2Connection: HTTP2Receiver, ExchangeCarrier {
  func began(
    _ stream: HTTP2Session.Stream, _ outcome: StreamHead.Outcome, bytes: [UInt8], isHead: Bool, endsStream: Bool
  ) {
    hasServed = true
    // A reset stream's place is free for nghttp2, not for the handler that still works for it.
    guard streams.count + abandoned.count < HTTP2Limits.maxConcurrentStreams else {
      return session.reset(stream, .refused)
    }
    switch outcome {
    case .malformed: session.reset(stream, .malformed)
    case .refuse(let refusal):
      streams[stream] = HTTP2Stream(RequestHead(), [], at: loop.now)
      loop.handler.refuse(refusal, Exchange(self, place(stream), isHead: isHead))
    case .head(let head):
      streams[stream] = HTTP2Stream(head, bytes, at: loop.now)
      hold(bytes.count, stream)
      if !endsStream { welcome(stream, head, bytes) }
    }
  }

  /// Shows the handler a head whose body is still to come.
  private func welcome(_ stream: HTTP2Session.Stream, _ head: RequestHead, _ message: [UInt8]) {
    guard isReceiving(stream), let welcome = loop.handler.welcome(head, in: message.span, exchange(stream, head))
    else { return }
    streams[stream]?.welcomed = welcome
    if head.expectsContinue { session.sendContinue(stream) }
  }

  func received(_ stream: HTTP2Session.Stream, _ bytes: Span<UInt8>) -> Bool {
    guard isReceiving(stream), let count = streams[stream]?.body.count else { return false }
    guard count + bytes.count <= loop.limits.maxBodyBytes else {
      if let head = streams[stream]?.head { loop.handler.refuse(.bodyTooLarge, exchange(stream, head)) }
      return false
    }
    streams[stream]?.body.append(bytes)
    hold(bytes.count, stream)
    return isReceiving(stream)
  }

  func ended(_ stream: HTTP2Session.Stream) {
    guard isReceiving(stream), let request = streams[stream] else { return }
    let exchange = exchange(stream, request.head)
    release(stream)
    loop.handler.handle(
      request.head, in: request.message.span, body: request.body.span, exchange, request.welcomed, at: loop.now)
  }

  func closed(_ stream: HTTP2Session.Stream) {
    guard let closed = streams[stream] else { return }
    sources.removeValue(forKey: stream)?.ended()
    release(stream)
    streams[stream] = nil
    if closed.state == .promised {
      promised -= 1
      abandoned.insert(stream)
    }
    if streams.isEmpty { phaseBegan = loop.now }
  }

  // MARK: What is held

  private func isReceiving(_ stream: HTTP2Session.Stream) -> Bool { streams[stream]?.state == .receiving }

  private func hold(_ count: Int, _ stream: HTTP2Session.Stream) {
    held += count
    if !account(), let head = streams[stream]?.head { loop.handler.refuseForWantOfMemory(exchange(stream, head)) }
  }

  /// The request's bytes are needed no more; its answer is given now, unless it is promised.
  private func release(_ stream: HTTP2Session.Stream) {
    held -= streams[stream]?.heldBytes ?? 0
    streams[stream]?.message = []
    streams[stream]?.body = []
    streams[stream]?.state = .answered
    streams[stream]?.since = loop.now
    _ = account()
  }

  // MARK: Answers

  func exchange(_ stream: HTTP2Session.Stream, _ head: RequestHead) -> Exchange {
    let message = streams[stream]?.message ?? []
    return message.isEmpty
      ? Exchange(self, place(stream), isHead: head.method == .head)
      : Exchange(self, place(stream), head, in: message.span)
  }

  private func place(_ stream: HTTP2Session.Stream) -> AnswerPlace { AnswerPlace(number: UInt64(stream)) }

  func promise(_ place: AnswerPlace) -> AnswerPlace {
    streams[HTTP2Session.Stream(place.number)]?.state = .promised
    promised += 1
    return place
  }

  func put(_ place: AnswerPlace, _ head: ResponseHead, _ write: (inout [UInt8]) -> Void) {
    put(place, isOpen: false, write)
  }

  func stream(_ place: AnswerPlace, _ head: ResponseHead, from source: (any AnswerSource)?) {
    let date = loop.handler.clock.date
    let isTaken = put(place, isOpen: source != nil) { ResponseWriter.append(opening: head, date: date, to: &$0) }
    guard isTaken else { return source?.ended() ?? () }
    sources[HTTP2Session.Stream(place.number)] = source
  }

  /// False if nobody waits for it.
  @discardableResult
  private func put(_ place: AnswerPlace, isOpen: Bool, _ write: (inout [UInt8]) -> Void) -> Bool {
    let stream = HTTP2Session.Stream(place.number)
    guard abandoned.remove(stream) == nil, life == .open, let state = streams[stream]?.state else { return false }
    if state == .promised { promised -= 1 }
    release(stream)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(512)
    write(&bytes)
    session.answer(stream, with: StreamAnswer(bytes), isOpen: isOpen)
    if loop.gate.isLeaving { drain() }
    markDirty()
    return true
  }

  /// Goes on with every streamed answer whose last piece has left.
  func takePieces() {
    guard life == .open else { return }
    for (stream, source) in sources where session.wantsMore(stream) {
      let piece = source.take(at: loop.now)
      if !piece.bytes.isEmpty || piece.isLast {
        session.extend(stream, with: piece.bytes, isLast: piece.isLast, at: loop.now)
      }
      if piece.isLast { sources.removeValue(forKey: stream)?.ended() }
    }
  }

  /// The connection is gone, and its readers with it.
  func endSources() {
    let ended = sources
    sources = [:]
    for source in ended.values { source.ended() }
  }
}
