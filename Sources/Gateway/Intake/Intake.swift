package import Core
import EventLoop
package import Platform
import Synchronization
package import TLS

/// The server: listeners, and a thread named `loop-N` per event loop.
package final class Intake: Sendable {
  private let gate: IntakeGate
  private let seen: SeenEvents
  private let tails = TailHub()
  private let clients: Mutex<Clients>
  private let listeners: [(Listener, Site)]
  private let loops: [Loop]

  private struct Loop: Sendable {
    let thread: NamedThread
    let mailbox: Mailbox<IntakeLoop.Message>

    /// Starts a loop and waits until it turns.
    init(_ parts: IntakeParts, index: Int, _ wakeup: Wakeup, _ mailbox: Mailbox<IntakeLoop.Message>) throws(SystemError)
    {
      let started = try Wakeup()
      let failure = StartFailure()
      thread = NamedThread("loop-\(index)") {
        do throws(SystemError) {
          let loop = IntakeLoop(parts, events: try EventLoop(wakeup: wakeup), index: index, mailbox: mailbox)
          started.signal()
          loop.run()
        } catch {
          failure.error.withLock { $0 = error }
          started.signal()
        }
      }
      self.mailbox = mailbox
      started.wait(milliseconds: -1)
      if let error = failure.error.withLock({ $0 }) {
        thread.join()
        throw error
      }
    }
  }

  private final class StartFailure: Sendable {
    let error = Mutex<SystemError?>(nil)
  }

  /// Listeners that are bound, but not served yet: binding fails before anything is started.
  package struct Bound: Sendable {
    let listeners: [(Listener, Site)]

    /// Binds every public and admin address; the error names the one that failed. Sockets that were `passed` for either
    /// stand in for its addresses.
    package init(_ settings: Settings, servesEvents: Bool = true, passed: PassedListeners = PassedListeners())
      throws(SystemError)
    {
      var bound: [(Listener, Site)] = []
      let admin = Site(router: .admin, isAdmin: true)
      let router = servesEvents ? Router.intake : .health
      let clients = passed.intake.isEmpty ? try Self.bind(settings.http.listen) : passed.intake
      for listener in clients {
        bound.append((listener, Site(router: router, isAdmin: false, offersTLS: listener.address.isTCP)))
      }
      let operators = passed.admin.isEmpty ? try Self.bind(settings.admin.listen) : passed.admin
      for listener in operators { bound.append((listener, admin)) }
      listeners = bound
    }

    private static func bind(_ addresses: [ListenAddress]) throws(SystemError) -> [Listener] {
      var bound: [Listener] = []
      for address in addresses { bound.append(try Listener(address.listener)) }
      return bound
    }

    /// Where the public and the admin listeners listen, with the ports that the system chose.
    package var addresses: [(address: String, isAdmin: Bool)] {
      listeners.map { ($0.0.address.description, $0.1.isAdmin) }
    }
  }

  /// Serves `bound` until `close`. `recalled`: events that an earlier process has stored, the oldest first.
  package init(
    _ bound: Bound, settings: Settings, queue: any Queue, console: Console, metrics: Metrics, heartbeats: [Heartbeat],
    security: TLSContext? = nil, recalled: [(event: SeenEvent, at: Int64)] = [], pages: @escaping PageMaker,
    deadPages: @escaping DeadPageMaker
  ) throws(SystemError) {
    gate = IntakeGate(settings.http)
    seen = SeenEvents(window: settings.dedupWindow)
    seen.recalled(recalled, now: Clock.unixMilliseconds())
    let clients = Clients(settings)
    self.clients = Mutex(clients)
    listeners = bound.listeners
    var wakeups: [Wakeup] = []
    for _ in heartbeats { wakeups.append(try Wakeup()) }
    let mailboxes = wakeups.map { wakeup in Mailbox<IntakeLoop.Message> { wakeup.signal() } }
    let parts = IntakeParts(
      settings: settings, gate: gate, queue: queue, seen: seen, tails: tails, clients: clients, console: console,
      metrics: metrics, heartbeats: heartbeats, roster: LoopRoster(mailboxes, metrics), listeners: bound.listeners,
      security: security, pages: pages, deadPages: deadPages)
    var started: [Loop] = []
    var failure: SystemError?
    for index in heartbeats.indices where failure == nil {
      do { started.append(try Loop(parts, index: index, wakeups[index], mailboxes[index])) } catch { failure = error }
    }
    loops = started
    guard let failure else { return }
    close()
    throw failure
  }

  /// Takes over what may change while running: limits, deadlines, rules for events, who may send them or use the
  /// admin listener.
  package func update(_ settings: Settings) {
    gate.limit(settings.http)
    seen.update(window: settings.dedupWindow)
    let clients = clients.withLock { current in
      current = Clients(settings, keeping: current)
      return current
    }
    for loop in loops { loop.mailbox.send(.settings(settings, clients)) }
  }

  /// New connections use `context` from now on, those that are open keep theirs; `nil` ends TLS.
  package func secure(with context: TLSContext?) {
    for loop in loops { loop.mailbox.send(.secure(context)) }
  }

  /// Listens on sockets that outlive the process: what waits there is the next one's.
  package var sharesListeners: Bool { listeners.contains { $0.0.isShared } }

  /// Accepts nothing more from shared listeners, and closes every connection with its next answer. Requests are still taken.
  package func leave() {
    gate.leave()
    gate.sawRequest(at: Clock.monotonicNanoseconds())
  }

  /// Closes connections on which nobody has asked anything; a client finds them closed before it sends more.
  package func closeIdle() {
    for loop in loops { loop.mailbox.send(.closeIdle) }
  }

  /// From now on every request is answered 503 with `Connection: close`; what was taken before is still answered, and who
  /// reads along is told the end.
  package func refuse() {
    gate.refuse()
    tails.end()
    gate.sawRequest(at: Clock.monotonicNanoseconds())
  }

  /// True when nothing is owed to any client and clients have stopped asking for a moment.
  package var isQuiet: Bool {
    let pause = Clock.monotonicNanoseconds() &- gate.lastRequestAt
    return gate.unansweredRequests == 0 && pause > Self.quietNanoseconds
  }

  private static let quietNanoseconds: UInt64 = 100_000_000

  /// Closes listeners and connections and ends the threads. Call once, after `refuse`.
  package func close() {
    for loop in loops { loop.mailbox.send(.close) }
    for loop in loops { loop.thread.join() }
  }
}

extension ListenAddress {
  var listener: Listener.Address {
    switch self {
    case .tcp(let host, let port): .tcp(host: host, port: port)
    case .unix(let path): .unix(path: path)
    }
  }
}

extension Router {
  /// A worker's public listener.
  static let health = Router(healthRoutes)
  /// The listener for operators.
  static let admin = Router(
    healthRoutes + [
      Route("/metrics", .metrics, [.get, .head]), Route("/api/status", .status, [.get, .head]),
      Route("/openapi.yaml", .openAPI, [.get, .head]), Route("/", .dashboard, [.get, .head]),
      Route("/api/tail", .tail, [.get, .head]),
    ] + deadRoutes)
  private static let deadRoutes = [
    Route("/api/dead", .dead, [.get, .head, .delete]),
    Route("/api/dead/replay", .deadReplay, .post),
    Route("/api/dead/{key}", .deadLetter, [.get, .head]),
  ]
  private static let healthRoutes = [
    Route("/health", .health, [.get, .head]),
    Route("/health/live", .live, [.get, .head]),
    Route("/health/ready", .ready, [.get, .head]),
  ]
}
