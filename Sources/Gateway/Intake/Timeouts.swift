import Core

/// The deadlines of one connection.
struct Timeouts: Sendable {
  let header: Duration
  let body: Duration
  let idle: Duration

  init(_ settings: Settings.HTTP) {
    header = settings.headerTimeout
    body = settings.bodyTimeout
    idle = settings.idleTimeout
  }
}
