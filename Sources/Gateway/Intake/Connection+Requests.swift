import Core

/// From bytes to requests of HTTP/1.1.
extension Connection {
  /// Requests of one connection that may wait for their answers; with more it is not read.
  private static let maxPipelined = 64
  /// Bytes of answers that may wait for a slow reader before it is not read any more.
  private static let maxWaitingOutput = 16 << 10

  /// Goes on with a message of which a part came before. The bytes stay where they are until it is complete.
  func processInput() {
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
  func process(_ bytes: Span<UInt8>, from known: RequestMachine.Step? = nil) {
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

  var canTakeMore: Bool {
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

  func account() {
    let held = life != .open ? 0 : input.count + machine.chunkedBody.count
    guard held != accounted else { return }
    loop.gate.buffered(held - accounted)
    let grew = held > accounted
    accounted = held
    if grew, life == .open, !loop.gate.hasRoom(for: 0) { loop.handler.refuseForWantOfMemory(exchange) }
  }
}
