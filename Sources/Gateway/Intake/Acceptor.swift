import EventLoop

/// Takes connections off one listener for one loop.
final class Acceptor: EventHandler {
  /// Connections that are taken before the requests of others are looked at again.
  private static let connectionsPerWakeup = 16

  private let listener: Listener
  private let site: Site
  private unowned let loop: IntakeLoop
  private var registration: EventLoop.Registration?
  private var isClosed = false

  init(_ listener: Listener, site: Site, loop: IntakeLoop) {
    self.listener = listener
    self.site = site
    self.loop = loop
  }

  /// True while new connections stay in the kernel's backlog, for want of descriptors or of room.
  var isResting: Bool { registration == nil && !isClosed }

  /// While the process leaves, connections to a shared listener wait in its backlog for the next process.
  private var mayAccept: Bool {
    loop.gate.hasRoomForConnection(site) && !(listener.isShared && loop.gate.isLeaving)
  }

  func resume() {
    guard isResting, mayAccept else { return }
    registration = try? loop.events.add(listener.descriptor, Interest(read: true, exclusive: true), self)
  }

  func ready(_ readiness: Readiness) {
    for _ in 0..<Self.connectionsPerWakeup {
      guard mayAccept else { return rest() }
      switch listener.accept() {
      case .socket(let socket): loop.accepted(socket, site: site)
      case .none: return
      case .exhausted: return rest()
      }
    }
  }

  /// Stops listening for good, after one last look at the backlog.
  func close() {
    while registration != nil, !listener.isShared, case .socket(let socket) = listener.accept() {
      loop.accepted(socket, site: site)
    }
    listener.stopListening()
    rest()
    isClosed = true
  }

  private func rest() {
    if let registration { loop.events.remove(registration) }
    registration = nil
  }
}
