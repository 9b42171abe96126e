import Core
import EventLoop

/// One HTTP/1.1 connection, confined to its loop: bytes in, requests to the loop's handler, answers out in order.
///
/// It owns no buffer while it is idle; complete requests are read from the loop's buffer where they lie.
final class Connection: SocketConnection, ExchangeCarrier {
  enum Life: Equatable {
    /// Requests are read.
    case open
    /// No more requests; closes when the promised answers have left.
    case finishing
    /// All has left and our side is closed; what still comes is thrown away until the peer closes.
    case lingering
    /// Also one that went on as an `HTTP2Connection`.
    case closed
  }

  let site: Site
  /// The place in the loop's list, kept by the loop.
  var index = 0
  let transport: Transport
  unowned let loop: IntakeLoop
  var registration: EventLoop.Registration?
  var interest = Interest(read: true)
  var life = Life.open
  var peerHasFinished = false
  var machine: RequestMachine
  /// The current message as far as it has come; empty between messages.
  var input: [UInt8] = []
  var accounted = 0
  var answers = AnswerQueue()
  var output: [UInt8] = []
  var sent = 0
  /// The body of the last answer, while it comes piece by piece.
  var streaming: (source: any AnswerSource, isChunked: Bool)?
  var isDirty = false
  /// False until the first bytes, or TLS, have told which protocol is spoken.
  var isHTTP1 = false
  /// A request was read on it.
  var hasServed = false
  /// The handler has looked at the current message's head, and let it in.
  var welcomed: Welcome?
  /// When the current phase of the request, or the wait for the reader, began.
  var phaseBegan: UInt64
  var phase = RequestMachine.Phase.idle

  init(_ transport: Transport, site: Site, loop: IntakeLoop) {
    self.transport = transport
    self.site = site
    self.loop = loop
    machine = RequestMachine(limits: loop.limits)
    phaseBegan = loop.now
  }

  var isOpen: Bool { life == .open }
  var isClosed: Bool { life == .closed }
  var isStreaming: Bool { streaming != nil }

  // MARK: Reading

  func read() {
    guard life == .open else { return react(to: loop.receive(from: transport) { _ in }) }
    let result: Socket.Transfer
    if !isHTTP1 {
      result = loop.receive(from: transport) { processFirst($0) }
    } else if input.isEmpty {
      result = loop.receive(from: transport) { process($0) }
    } else {
      result = transport.receive(into: &input, limit: IntakeLoop.receiveBytes)
      if case .bytes = result { processInput() }
    }
    react(to: result)
    account()
  }

  // MARK: Answering

  /// The way back for a request that was not read to its end.
  var exchange: Exchange { Exchange(self, .next, isHead: machine.head.method == .head) }

  /// An answer that follows later, in its turn.
  func promise(_ place: AnswerPlace) -> AnswerPlace { answers.promise() }

  func put(_ place: AnswerPlace, _ head: ResponseHead, _ write: (inout [UInt8]) -> Void) {
    guard life != .closed else { return }
    if place == .next {
      answers.answer(output: &output, write)
    } else {
      answers.fulfil(place, output: &output, write)
    }
    if head.connection == .close { finish() }
    markDirty()
  }

  /// Nothing may follow it: the head says `Connection: close`.
  func stream(_ place: AnswerPlace, _ head: ResponseHead, from source: (any AnswerSource)?) {
    guard life != .closed else { return source?.ended() ?? () }
    let date = loop.handler.clock.date
    streaming = source.map { ($0, head.isChunked) }
    put(place, head) { ResponseWriter.append(opening: head, date: date, to: &$0) }
  }

  /// Reads no more requests; closes when all answers have left.
  func finish() {
    guard life == .open else { return }
    life = .finishing
    input = []
    account()
    markDirty()
  }

  // MARK: Writing

  /// Sends what is ready; called by the loop once a turn.
  func flush() {
    isDirty = false
    guard life != .closed else { return }
    repeat {
      while sent < output.count {
        switch transport.send(output, from: sent) {
        case .bytes(let count):
          sent += count
          phaseBegan = loop.now
        case .wouldBlock:
          watch()
          return
        case .end, .failed:
          close()
          return
        }
      }
      output.removeAll(keepingCapacity: output.capacity <= 4096)
      sent = 0
      if streaming != nil, answers.count == 0 { takePiece() }
    } while !output.isEmpty
    if answers.count == 0 { allSent() } else { watch() }
  }

  /// Appends what the source of the streamed answer has.
  private func takePiece() {
    guard let (source, isChunked) = streaming else { return }
    let piece = source.take(at: loop.now)
    if isChunked {
      ResponseWriter.append(chunk: piece.bytes.span, isLast: piece.isLast, to: &output)
    } else {
      output += piece.bytes
    }
    phaseBegan = loop.now
    guard piece.isLast else { return }
    streaming = nil
    source.ended()
  }

  private func allSent() {
    switch life {
    case .open:
      // Requests that were held back for want of room in the pipeline.
      if !input.isEmpty, machine.phase == .idle { processInput() }
      account()
      if peerHasFinished, answers.count == 0, output.isEmpty { return close() }
      watch()
    case .finishing, .lingering:
      if peerHasFinished { return close() }
      if streaming != nil { return watch() }
      if life == .finishing {
        life = .lingering
        phaseBegan = loop.now
        transport.shutdownWriting()
      } else if transport.wantsWrite {
        transport.shutdownWriting()
      }
      watch()
    case .closed: break
    }
  }

  var wantedInterest: Interest {
    Interest(
      read: !peerHasFinished && (life != .open || canTakeMore), write: sent < output.count || transport.wantsWrite)
  }

  func release() {
    life = .closed
    input = []
    account()
    streaming?.source.ended()
    streaming = nil
  }
}
