import Core
import EventLoop
import Fakes
import Platform

@testable import Gateway

/// One loop of the intake on the test's own thread, which can look into it when it has ended.
final class OneLoop {
  let loop: IntakeLoop
  private let port: UInt16
  private let mailbox: Mailbox<IntakeLoop.Message>

  init(_ change: (inout Settings) -> Void) throws {
    var settings = Settings()
    change(&settings)
    let listener = try Listener(.tcp(host: "127.0.0.1", port: 0))
    guard case .tcp(_, let port) = listener.address else { preconditionFailure("a TCP listener has a port") }
    self.port = port
    let wakeup = try Wakeup()
    mailbox = Mailbox { wakeup.signal() }
    let metrics = Metrics(domains: settings.domains.map(\.name), loops: 1)
    let parts = IntakeParts(
      settings: settings, gate: IntakeGate(settings.http), queue: MemoryQueue(),
      seen: SeenEvents(window: settings.dedupWindow), tails: TailHub(), clients: Clients(settings), console: .off,
      metrics: metrics, heartbeats: [Heartbeat()], roster: LoopRoster([mailbox], metrics),
      listeners: [(listener, Site(router: .intake, isAdmin: false))], security: nil,
      pages: { _, _ in Page(status: .ok, mediaType: .json, body: []) }, deadPages: { _, _ in })
    loop = IntakeLoop(parts, events: try EventLoop(wakeup: wakeup), index: 0, mailbox: mailbox)
  }

  /// Serves `client`, which runs on a thread of its own, and ends after it; what it threw.
  func serve(_ client: @escaping @Sendable (UInt16, Mailbox<IntakeLoop.Message>) throws -> Void) throws {
    let failure = Monitor<(any Error)?>(nil)
    let thread = NamedThread("client") { [port, mailbox] in
      do { try client(port, mailbox) } catch { failure.change { $0 = error } }
      mailbox.send(.close)
    }
    loop.run()
    thread.join()
    if let error = failure.value { throw error }
  }
}
