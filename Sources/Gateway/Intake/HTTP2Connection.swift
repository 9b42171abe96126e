import Core
import EventLoop
import HTTP2

/// One HTTP/2 connection, confined to its loop: streams in, requests to the loop's handler, answers out as they are ready.
final class HTTP2Connection: EventHandler, ServedConnection {
  /// Bytes that are taken from the session at once; as many again may wait for a slow reader.
  static let outputBytes = 64 << 10

  enum Life: Equatable {
    /// Streams are served; after GOAWAY those that have begun.
    case open
    /// All has left and our side is closed; what still comes is thrown away until the peer closes.
    case lingering
    case closed
  }

  let site: Site
  /// The place in the loop's list, kept by the loop.
  var index = 0
  let transport: Transport
  unowned let loop: IntakeLoop
  let session: HTTP2Session
  var registration: EventLoop.Registration?
  private var interest = Interest(read: true)
  var life = Life.open
  var peerHasFinished = false
  var streams: [HTTP2Session.Stream: HTTP2Stream] = [:]
  /// Streams that were reset while their answers were awaited: they count until the handler has done with them.
  var abandoned: Set<HTTP2Session.Stream> = []
  /// Where the bodies come from that are sent piece by piece.
  var sources: [HTTP2Session.Stream: any AnswerSource] = [:]
  /// Answers that are owed on open streams.
  var promised = 0
  var hasServed = false
  /// When the end was announced.
  var drainBegan: UInt64?
  /// Bytes of unfinished requests that the gate knows of.
  private var accounted = 0
  var held = 0
  var output: [UInt8] = []
  var sent = 0
  private var isDirty = false
  /// When bytes last left, the last stream closed, or our side was closed.
  var phaseBegan: UInt64

  /// `nil` for want of memory.
  init?(_ transport: Transport, site: Site, loop: IntakeLoop) {
    guard let session = HTTP2Session(limits: loop.limits) else { return nil }
    self.session = session
    self.transport = transport
    self.site = site
    self.loop = loop
    phaseBegan = loop.now
  }

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
    if readiness.canRead || readiness.isHungUp, life != .closed { read() }
  }

  private func read() {
    switch loop.receive(from: transport, { received($0) }) {
    case .bytes: break
    case .wouldBlock: if transport.wantsWrite { markDirty() }
    case .end: peerFinished()
    case .failed: close()
    }
  }

  /// Takes bytes that have come, the first of all among them.
  func received(_ bytes: Span<UInt8>) {
    guard life == .open else { return }
    session.receive(bytes, for: self, at: loop.now)
    markDirty()
  }

  /// What it asked before it still gets.
  private func peerFinished() {
    peerHasFinished = true
    markDirty()
  }

  func readOnce() {
    if life == .open, !peerHasFinished { read() }
  }

  /// Tells the gate how much is held; false if that is too much.
  func account() -> Bool {
    guard held != accounted else { return true }
    loop.gate.buffered(held - accounted)
    let grew = held > accounted
    accounted = held
    return !grew || loop.gate.hasRoom(for: 0)
  }

  // MARK: Writing

  func markDirty() {
    guard !isDirty, life != .closed else { return }
    isDirty = true
    loop.markDirty(self)
  }

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
        case .wouldBlock: return watch()
        case .end, .failed: return close()
        }
      }
      output.removeAll(keepingCapacity: output.capacity <= 4096)
      sent = 0
      if !sources.isEmpty { takePieces() }
      if life == .open { session.write(to: &output, limit: Self.outputBytes, for: self, at: loop.now) }
    } while !output.isEmpty
    allSent()
  }

  private func allSent() {
    if life == .open {
      if peerHasFinished, promised == 0 { return close() }
      if session.isOver { return linger() }
    } else {
      if peerHasFinished { return close() }
      if transport.wantsWrite { transport.shutdownWriting() }
    }
    watch()
  }

  private func linger() {
    if peerHasFinished { return close() }
    life = .lingering
    phaseBegan = loop.now
    transport.shutdownWriting()
    watch()
  }

  /// A peer that does not take what is ready is not read either.
  private func watch() {
    let isBlocked = sent < output.count
    let wanted = Interest(
      read: !peerHasFinished && !(isBlocked && life == .open), write: isBlocked || transport.wantsWrite)
    guard wanted != interest, let registration else { return }
    interest = wanted
    do { try loop.events.modify(registration, wanted) } catch { close() }
  }

  func close() {
    guard life != .closed else { return }
    life = .closed
    held = 0
    _ = account()
    streams = [:]
    promised = 0
    endSources()
    if let registration { loop.events.remove(registration) }
    transport.close()
    loop.closed(self)
  }
}
