import Core
import EventLoop

/// A connection from a proxy until it has said for whom it speaks. Confined to its loop.
///
/// It takes the header's bytes off the socket and not one more: what follows may be TLS.
final class ProxyGreeting: EventHandler, ServedConnection {
  let site: Site
  var index = 0
  private let socket: Socket
  /// The proxy's own address; `nil` through a Unix socket.
  private let proxy: IPAddress?
  private unowned let loop: IntakeLoop
  private var registration: EventLoop.Registration?
  /// The part of the header that has come.
  private var header: [UInt8] = []
  private let began: UInt64
  private var isDone = false

  init(_ socket: Socket, from proxy: IPAddress?, site: Site, loop: IntakeLoop) {
    self.socket = socket
    self.proxy = proxy
    self.site = site
    self.loop = loop
    began = loop.now
  }

  func start() -> Bool {
    registration = try? loop.events.add(socket.descriptor, Interest(read: true), self)
    if registration == nil { socket.close() }
    return registration != nil
  }

  func ready(_ readiness: Readiness) { readOnce() }

  func readOnce() {
    guard !isDone else { return }
    var seen = header
    switch socket.peek(into: &seen, limit: ProxyHeader.maxBytes) {
    case .bytes: break
    case .wouldBlock: return
    case .end, .failed: return close()
    }
    switch ProxyHeader.read(seen.span) {
    case .needMore: if !take(upTo: seen.count) { close() }
    case .complete(let length, let source):
      guard take(upTo: length) else { return close() }
      end()
      loop.announced(socket, site: site, source: source ?? proxy)
    case .invalid:
      loop.refusedPeer(.malformedRequest)
      close()
    }
  }

  /// Takes what was seen off the socket, as far as it is the header's.
  private func take(upTo count: Int) -> Bool {
    let wanted = count - header.count
    return socket.receive(into: &header, limit: wanted) == .bytes(wanted)
  }

  func flush() {}

  /// It has owed nothing since it came: a shutdown gives it no more time than others have for their first request.
  func mayFinish(at now: UInt64) -> Bool { !isDone && now &- began > Self.firstRequestPatience }

  func finish() { close() }

  func checkDeadline(_ timeouts: Timeouts) {
    if Duration.nanoseconds(loop.now &- began) > timeouts.header { close() }
  }

  func close() {
    guard !isDone else { return }
    end()
    socket.close()
  }

  private func end() {
    isDone = true
    if let registration { loop.events.remove(registration) }
    loop.closed(self)
  }
}
