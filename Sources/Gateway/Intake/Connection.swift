import Core
import EventLoop

/// One HTTP/1.1 connection, confined to its loop: bytes in, requests to the loop's handler, answers out in order.
///
/// It owns no buffer while it is idle; complete requests are read from the loop's buffer where they lie.
final class Connection: EventHandler, ServedConnection, ExchangeCarrier {
  /// Requests of one connection that may wait for their answers; with more it is not read.
  private static let maxPipelined = 64
  /// Bytes of answers that may wait for a slow reader before it is not read any more.
  private static let maxWaitingOutput = 256 << 10

  private enum Life: Equatable {
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
  private unowned let loop: IntakeLoop
  private var registration: EventLoop.Registration?
  private var interest = Interest(read: true)
  private var life = Life.open
  private var peerHasFinished = false
  private var machine: RequestMachine
  /// The current message as far as it has come; empty between messages.
  private var input: [UInt8] = []
  private var accounted = 0
  private var answers = AnswerQueue()
  private var output: [UInt8] = []
  private var sent = 0
  private var isDirty = false
  /// False until the first bytes, or TLS, have told which protocol is spoken.
  private var isHTTP1 = false
  /// A request was read on it.
  private var hasServed = false
  /// The handler has looked at the current message's head, and let it in.
  private var welcomed: Welcome?
  /// When the current phase of the request, or the wait for the reader, began.
  private var phaseBegan: UInt64
  private var phase = RequestMachine.Phase.idle

  init(_ transport: Transport, site: Site, loop: IntakeLoop) {
    self.transport = transport
    self.site = site
    self.loop = loop
    machine = RequestMachine(limits: loop.limits)
    phaseBegan = loop.now
  }

  /// False if the loop could not watch the socket, which is closed then.
  func start() -> Bool {
    registration = try? loop.events.add(transport.descriptor, interest, self)
    if registration == nil { transport.close() }
    return registration != nil
  }

  // MARK: Reading

  func ready(_ readiness: Readiness) {
    if readiness.canWrite { markDirty() }
    guard !peerHasFinished else {
      if readiness.isHungUp { close() }
      return
    }
    guard readiness.canRead || readiness.isHungUp || transport.isHandshaking else { return }
    switch life {
    case .open: read()
    case .finishing, .lingering: discard()
    case .closed: break
    }
  }

  private func read() {
    let result: Socket.Transfer
    if !isHTTP1 {
      result = loop.receive(from: transport) { processFirst($0) }
    } else if input.isEmpty {
      result = loop.receive(from: transport) { process($0) }
    } else {
      result = transport.receive(into: &input, limit: IntakeLoop.receiveBytes)
      if case .bytes = result { processInput() }
    }
    switch result {
    case .bytes: break
    case .wouldBlock: if transport.wantsWrite { markDirty() }
    case .end: peerFinished()
    case .failed: close()
    }
    account()
  }

  private func discard() {
    switch loop.receive(from: transport, { _ in }) {
    case .end: peerFinished()
    case .failed: close()
    case .bytes, .wouldBlock: break
    }
  }

  /// The peer will send no more; what it asked before it still gets.
  private func peerFinished() {
    peerHasFinished = true
    markDirty()
  }

  /// Finds out which protocol the client speaks: by ALPN over TLS, else by HTTP/2's preface (RFC 9113 §3.3, §3.4).
  private func processFirst(_ bytes: Span<UInt8>) {
    if transport.isSecure {
      return transport.hasChosenHTTP2 ? becomeHTTP2(bytes) : becomeHTTP1(bytes)
    }
    switch HTTP2Preface.compare(input, bytes) {
    case .other: becomeHTTP1(bytes)
    case .same: becomeHTTP2(bytes)
    case .undecided:
      input.append(bytes)
      if phase == .idle {
        phase = .head
        phaseBegan = loop.now
      }
    }
  }

  private func becomeHTTP1(_ bytes: Span<UInt8>) {
    isHTTP1 = true
    guard !input.isEmpty else { return process(bytes) }
    input.append(bytes)
    processInput()
  }

  /// Hands the transport over, with what has come; this connection is at its end.
  private func becomeHTTP2(_ bytes: Span<UInt8>) {
    guard let successor = HTTP2Connection(transport, site: site, loop: loop) else { return close() }
    let first = input
    if let registration { loop.events.remove(registration) }
    registration = nil
    life = .closed
    input = []
    guard loop.succeed(self, by: successor) else { return loop.closed(self) }
    successor.received(first.span)
    successor.received(bytes)
  }

  /// Goes on with a message of which a part came before. The bytes stay where they are until it is complete.
  private func processInput() {
    var step = advanceInput()
    if step == .sendContinue || step == .needMore, !welcomeInput() { return }
    while step == .sendContinue {
      sendContinue()
      step = advanceInput()
    }
    if step == .needMore {
      dropDecoded()
      updatePhase()
      return
    }
    let taken = input
    input = []
    process(taken.span, from: step)
  }

  private func advanceInput() -> RequestMachine.Step {
    let held = input
    return machine.advance(held.span)
  }

  /// Handles every complete request in `bytes` and keeps the rest. `known` is what the machine has said of the first one.
  private func process(_ bytes: Span<UInt8>, from known: RequestMachine.Step? = nil) {
    var start = 0
    var known = known
    while life == .open, start < bytes.count {
      guard known != nil || canTakeMore else { break }
      let message = bytes.extracting(start..<bytes.count)
      let step = known ?? machine.advance(message)
      known = nil
      switch step {
      case .needMore:
        guard welcome(message) else { break }
        input.append(message)
        dropDecoded()
        updatePhase()
        return
      case .sendContinue: if welcome(message) { sendContinue() }
      case .request(let consumed, let body):
        handle(message, body)
        start += consumed
      case .refuse(let refusal):
        loop.handler.refuse(refusal, exchange)
      }
    }
    if life == .open, start < bytes.count { input.append(bytes.extracting(start..<bytes.count)) }
    updatePhase()
  }

  /// Shows the handler a head whose body is still to come, once; false if it was refused.
  private func welcome(_ message: Span<UInt8>) -> Bool {
    guard machine.phase == .body, welcomed == nil else { return true }
    welcomed = loop.handler.welcome(machine.head, in: message, Exchange(self, .next, machine.head, in: message))
    return welcomed != nil
  }

  private func welcomeInput() -> Bool {
    let held = input
    return welcome(held.span)
  }

  private var canTakeMore: Bool {
    answers.count < Self.maxPipelined && output.count - sent < Self.maxWaitingOutput
  }

  private func dropDecoded() {
    if let decoded = machine.takeDiscardable() { input.removeSubrange(decoded) }
  }

  private func sendContinue() {
    answers.answer(output: &output) { $0.append(ResponseWriter.continueResponse) }
    markDirty()
  }

  private func handle(_ message: Span<UInt8>, _ body: RequestMachine.Body) {
    let head = machine.head
    hasServed = true
    let welcome = welcomed
    welcomed = nil
    let exchange = Exchange(self, .next, head, in: message)
    switch body {
    case .range(let range):
      loop.handler.handle(head, in: message, body: message.extracting(range), exchange, welcome, at: loop.now)
    case .decoded:
      let decoded = machine.chunkedBody
      loop.handler.handle(head, in: message, body: decoded.span, exchange, welcome, at: loop.now)
    }
    if !head.keepAlive { finish() }
  }

  private func account() {
    let held = life != .open ? 0 : input.count + machine.chunkedBody.count
    guard held != accounted else { return }
    loop.gate.buffered(held - accounted)
    let grew = held > accounted
    accounted = held
    if grew, life == .open, !loop.gate.hasRoom(for: 0) { loop.handler.refuseForWantOfMemory(exchange) }
  }

  // MARK: Answering

  /// The way back for a request that was not read to its end.
  private var exchange: Exchange { Exchange(self, .next, isHead: machine.head.method == .head) }

  /// An answer that follows later, in its turn.
  func promise(_ place: AnswerPlace) -> AnswerPlace { answers.promise() }

  func answer(_ place: AnswerPlace, _ head: ResponseHead, isHead: Bool, _ body: [UInt8]) {
    let clock = loop.handler.clock
    put(place, head) { ResponseWriter.append(head, date: clock.date, body: body.span, toHead: isHead, to: &$0) }
  }

  func answer(_ place: AnswerPlace, _ head: ResponseHead, isHead: Bool, write: (inout [UInt8]) -> Void) {
    let clock = loop.handler.clock
    put(place, head) { clock.append(head, toHead: isHead, to: &$0, body: write) }
  }

  private func put(_ place: AnswerPlace, _ head: ResponseHead, _ write: (inout [UInt8]) -> Void) {
    guard life != .closed else { return }
    if place == .next {
      answers.answer(output: &output, write)
    } else {
      answers.fulfil(place, output: &output, write)
    }
    if head.connection == .close { finish() }
    markDirty()
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

  /// Whether nothing is owed to the peer. A new connection is given a moment for its first request.
  func mayFinish(at now: UInt64) -> Bool {
    life == .open && answers.count == 0 && output.isEmpty && input.isEmpty
      && (hasServed || now &- phaseBegan > Self.firstRequestPatience)
  }

  /// Reads what has come, as if the loop had said so.
  func readOnce() {
    if life == .open, !peerHasFinished { read() }
  }

  private func markDirty() {
    guard !isDirty, life != .closed else { return }
    isDirty = true
    loop.markDirty(self)
  }

  /// Sends what is ready; called by the loop once a turn.
  func flush() {
    isDirty = false
    guard life != .closed else { return }
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
    if answers.count == 0 { allSent() } else { watch() }
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

  private func watch() {
    let wanted = Interest(
      read: !peerHasFinished && (life != .open || canTakeMore), write: sent < output.count || transport.wantsWrite)
    guard wanted != interest, let registration else { return }
    interest = wanted
    do { try loop.events.modify(registration, wanted) } catch { close() }
  }

  // MARK: Deadlines

  private func updatePhase() {
    let current = machine.phase
    if current != phase || current == .idle { phaseBegan = loop.now }
    phase = current
  }

  /// Called about once a second, or more often for short timeouts.
  func checkDeadline(_ timeouts: Timeouts) {
    let elapsed = Duration.nanoseconds(loop.now &- phaseBegan)
    if sent < output.count {
      if elapsed > timeouts.body { close() }
      return
    }
    switch life {
    case .open where transport.isHandshaking:
      if elapsed > timeouts.header { close() }
    case .lingering:
      if elapsed > Self.lingering { close() }
    case .open where answers.count == 0:
      switch phase {
      case .idle: if elapsed > timeouts.idle { finish() }
      case .head: if elapsed > timeouts.header { loop.handler.timedOut(exchange) }
      case .body:
        let received = input.count + machine.chunkedBody.count
        if elapsed > timeouts.body || loop.limits.isTooSlow(received: received, in: elapsed) {
          loop.handler.timedOut(exchange)
        }
      }
    default: break
    }
  }

  func close() {
    guard life != .closed else { return }
    life = .closed
    input = []
    account()
    if let registration { loop.events.remove(registration) }
    transport.close()
    loop.closed(self)
  }
}

/// The deadlines of one connection.
struct Timeouts: Sendable {
  let header: Duration
  let body: Duration
  let idle: Duration

  init(_ settings: Settings.HTTP) {
    header = settings.headerTimeout
    body = settings.bodyTimeout
    idle = settings.idleTimeout
  }
}
