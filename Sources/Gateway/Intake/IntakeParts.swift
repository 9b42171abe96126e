import Core
import EventLoop
import TLS

/// What every loop is built from: values, and handles that any thread may use.
struct IntakeParts: Sendable {
  let settings: Settings
  let gate: IntakeGate
  let seats = ConnectionSeats()
  let queue: any Queue
  let seen: SeenEvents
  let tails: TailHub
  let clients: Clients
  let console: Console
  let metrics: Metrics
  /// One per loop.
  let heartbeats: [Heartbeat]
  let roster: LoopRoster
  let listeners: [(Listener, Site)]
  /// `nil` without TLS.
  let security: TLSContext?
  let pages: PageMaker
  let deadPages: DeadPageMaker
}

extension HTTPLimits {
  init(_ settings: Settings.HTTP) {
    self.init()
    maxBodyBytes = settings.maxBodyBytes
    maxHeaderBytes = settings.maxHeaderBytes
    maxHeaders = settings.maxHeaders
  }
}
