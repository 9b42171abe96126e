import Core
import EventLoop
import HTTP2

/// One HTTP/2 connection, confined to its loop: streams in, requests to the loop's handler, answers out as they are ready.
final class HTTP2Connection: SocketConnection {
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
  var interest = Interest(read: true)
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
  var isDirty = false
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

  var isOpen: Bool { life == .open }
  var isClosed: Bool { life == .closed }
  var isStreaming: Bool { !sources.isEmpty }

  // MARK: Reading

  func read() { react(to: loop.receive(from: transport) { received($0) }) }

  /// Takes bytes that have come, the first of all among them.
  func received(_ bytes: Span<UInt8>) {
    guard life == .open else { return }
    session.receive(bytes, for: self, at: loop.now)
    markDirty()
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
  var wantedInterest: Interest {
    let isBlocked = sent < output.count
    return Interest(
      read: !peerHasFinished && !(isBlocked && life == .open), write: isBlocked || transport.wantsWrite)
  }

  func release() {
    life = .closed
    held = 0
    _ = account()
    streams = [:]
    promised = 0
    endSources()
  }
}
