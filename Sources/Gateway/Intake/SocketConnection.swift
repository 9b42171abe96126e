import EventLoop

/// What connections of both protocols do alike with their socket and their loop. Confined to the loop.
protocol SocketConnection: EventHandler, ServedConnection {
  var transport: Transport { get }
  var loop: IntakeLoop { get }
  var registration: EventLoop.Registration? { get set }
  /// What the loop watches the socket for.
  var interest: Interest { get set }
  /// What it should be watched for now.
  var wantedInterest: Interest { get }
  /// The peer will send no more; what it asked before it still gets.
  var peerHasFinished: Bool { get set }
  /// The loop knows that there is something to flush.
  var isDirty: Bool { get set }
  /// Requests are read.
  var isOpen: Bool { get }
  var isClosed: Bool { get }
  /// Somebody reads along: an answer goes on piece by piece.
  var isStreaming: Bool { get }
  /// Takes what has come once; what comes after the last request is thrown away.
  func read()
  /// Gives up all that is held, and counts as closed from then on.
  func release()
}

extension SocketConnection {
  func start() -> Bool {
    registration = try? loop.events.add(transport.descriptor, interest, self)
    if registration == nil { transport.close() }
    return registration != nil
  }

  func ready(_ readiness: Readiness) {
    if readiness.canWrite { markDirty() }
    guard !peerHasFinished else {
      if readiness.isHungUp { close() }
      return
    }
    if !isClosed, readiness.canRead || readiness.isHungUp || transport.isHandshaking { read() }
  }

  func readOnce() {
    if isOpen, !peerHasFinished { read() }
  }

  /// What receiving has come to, the bytes apart.
  func react(to result: Socket.Transfer) {
    switch result {
    case .bytes: break
    case .wouldBlock: if transport.wantsWrite { markDirty() }
    case .end:
      peerHasFinished = true
      markDirty()
    case .failed: close()
    }
  }

  func markDirty() {
    guard !isDirty, !isClosed else { return }
    isDirty = true
    loop.markDirty(self)
  }

  /// How long a reader may take nothing. One that reads along does not hold up the end of the gateway.
  func patience(_ timeouts: Timeouts) -> Duration {
    isStreaming && loop.gate.isRefusing ? min(timeouts.body, Self.lingering) : timeouts.body
  }

  func watch() {
    let wanted = wantedInterest
    guard wanted != interest, let registration else { return }
    interest = wanted
    do { try loop.events.modify(registration, wanted) } catch { close() }
  }

  func close() {
    guard !isClosed else { return }
    release()
    if let registration { loop.events.remove(registration) }
    transport.close()
    loop.closed(self)
  }
}
