import Core
import HTTP2

/// Deadlines, and how a connection comes to its end.
extension HTTP2Connection {
  /// How long a peer has to read that the end is near, in nanoseconds.
  private static let drainPatience: UInt64 = 1_000_000_000

  /// How long a client may go on with a body that was answered before its end.
  private static let uploadPatience = Duration.seconds(1)

  func mayFinish(at now: UInt64) -> Bool {
    life == .open && streams.isEmpty && output.isEmpty
      && (hasServed || now &- phaseBegan > Self.firstRequestPatience)
  }

  func finish() {
    guard life == .open else { return }
    session.end()
    markDirty()
  }

  /// Two steps, so that no request that is on its way is lost (RFC 9113 §6.8): the end is announced, and what has come by
  /// the time that the peer knows is still answered.
  func drain() {
    guard life == .open else { return }
    guard let began = drainBegan else {
      drainBegan = loop.now
      session.announceEnd()
      return markDirty()
    }
    if session.hasAnsweredPing || loop.now &- began > Self.drainPatience { finish() }
  }

  func checkDeadline(_ timeouts: Timeouts) {
    if loop.gate.isLeaving { drain() }
    guard !isLate(timeouts) else { return close() }
    guard life == .open else { return }
    if isSlow(timeouts) {
      session.calm()
      return markDirty()
    }
    if streams.isEmpty, elapsed(since: phaseBegan) > timeouts.idle { return finish() }
    for (stream, request) in streams { checkDeadline(stream, request, timeouts) }
  }

  private func checkDeadline(_ stream: HTTP2Session.Stream, _ request: HTTP2Stream, _ timeouts: Timeouts) {
    let elapsed = elapsed(since: request.since)
    switch request.state {
    case .receiving:
      guard elapsed > timeouts.body || loop.limits.isTooSlow(received: request.body.count, in: elapsed) else { return }
      loop.handler.timedOut(exchange(stream, request.head))
    case .answered:
      // A client may forget the answer when the reset that ends its upload is read along with it: it gets a moment.
      if elapsed > Self.uploadPatience, !session.isSendingBody(stream) { session.reset(stream, .answered) }
      markDirty()
    case .promised: break
    }
  }

  /// The peer does not take what we send, not even that this is the end.
  private func isLate(_ timeouts: Timeouts) -> Bool {
    let elapsed = elapsed(since: phaseBegan)
    if life == .lingering { return elapsed > Self.lingering }
    return sent < output.count && elapsed > patience(timeouts)
  }

  /// The preface or a field section does not come to its end, or windows stay closed to our answers.
  private func isSlow(_ timeouts: Timeouts) -> Bool {
    if !session.isReady, elapsed(since: phaseBegan) > timeouts.header { return true }
    if let began = session.fieldsBegan, elapsed(since: began) > timeouts.header { return true }
    return session.hasWaitingBodies && elapsed(since: session.bodyLeft) > patience(timeouts)
  }

  private func elapsed(since then: UInt64) -> Duration { .nanoseconds(loop.now &- then) }
}
