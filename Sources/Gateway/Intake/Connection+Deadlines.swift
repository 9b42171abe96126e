import Core

/// Deadlines, and whether the end may come.
extension Connection {
  /// Whether nothing is owed to the peer. A new connection is given a moment for its first request.
  func mayFinish(at now: UInt64) -> Bool {
    life == .open && answers.count == 0 && output.isEmpty && input.isEmpty
      && (hasServed || now &- phaseBegan > Self.firstRequestPatience)
  }

  func updatePhase() {
    let current = machine.phase
    if current != phase || current == .idle { phaseBegan = loop.now }
    phase = current
  }

  /// Called about once a second, or more often for short timeouts.
  func checkDeadline(_ timeouts: Timeouts) {
    let elapsed = Duration.nanoseconds(loop.now &- phaseBegan)
    if sent < output.count {
      if elapsed > patience(timeouts) { close() }
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
}
