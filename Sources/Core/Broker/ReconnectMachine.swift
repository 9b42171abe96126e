/// When to try to reach the broker again (the guide's 7.4): at once, then up to `attempts` more, each `interval` after the one
/// before, then a `pause`, and again.
///
/// One attempt tries every address. A link that dies within `interval` of its attempt waits for the rest of that interval, so
/// that one which opens and breaks at once is not tried in a loop. Times are monotonic milliseconds.
package struct ReconnectMachine: Sendable, Equatable {
  package enum Action: Sendable, Equatable {
    /// Try every address; `linkOpened` or `attemptFailed` is awaited.
    case attempt
  }

  private enum State: Sendable, Equatable {
    /// Goes to `trying` when started.
    case idle
    /// Goes to `up` or `waiting`.
    case trying
    /// Goes to `trying` or `waiting` when the link is lost.
    case up
    /// Goes to `trying` when the time has come.
    case waiting(until: Int64)
  }

  private let attempts: Int
  private let interval: Int64
  private let pause: Int64
  private var state = State.idle
  /// When the last attempt began.
  private var attemptedAt: Int64 = 0
  /// Attempts that failed since the link was up or the last pause.
  private var failures = 0

  package init(attempts: Int, interval: Int64, pause: Int64) {
    self.attempts = max(0, attempts)
    self.interval = max(1, interval)
    self.pause = max(1, pause)
  }

  package init(_ settings: Settings.Broker) {
    self.init(
      attempts: settings.reconnectAttempts, interval: settings.reconnectInterval.milliseconds,
      pause: settings.reconnectPause.milliseconds)
  }

  /// When ``timePassed(now:)`` has something to do; `nil`: not before something else happens.
  package var nextDeadline: Int64? {
    if case .waiting(let until) = state { until } else { nil }
  }

  package mutating func started(now: Int64) -> Action? {
    guard state == .idle else { return nil }
    return attempt(now)
  }

  package mutating func attemptFailed(now: Int64) -> Action? {
    guard state == .trying else { return nil }
    failures += 1
    if failures > attempts {
      failures = 0
      state = .waiting(until: now + pause)
    } else {
      state = .waiting(until: attemptedAt + interval)
    }
    return timePassed(now: now)
  }

  package mutating func linkOpened() {
    guard state == .trying else { return }
    failures = 0
    state = .up
  }

  package mutating func linkLost(now: Int64) -> Action? {
    guard state == .up else { return nil }
    state = .waiting(until: attemptedAt + interval)
    return timePassed(now: now)
  }

  package mutating func timePassed(now: Int64) -> Action? {
    guard case .waiting(let until) = state, until <= now else { return nil }
    return attempt(now)
  }

  private mutating func attempt(_ now: Int64) -> Action {
    attemptedAt = now
    state = .trying
    return .attempt
  }
}
