/// How standard output is written.
package enum ConsoleStyle: Sendable, Equatable {
  /// Lines for people, as the guide prints them.
  case pretty(color: Bool)
  /// One JSON object a line, for log collectors.
  case json

  /// The style that `settings` ask for on this output; `nil` is off.
  ///
  /// `auto` is pretty on a terminal and JSON lines elsewhere, coloured on a terminal unless `mayColor` is false
  /// (see ``mayColor(_:)``).
  package static func choose(
    _ settings: Settings.Console, isTerminal: Bool, mayColor: Bool = true
  ) -> ConsoleStyle? {
    let color = settings.color.isOn(isTerminal: isTerminal, mayColor: mayColor)
    return switch settings.format {
    case .off: nil
    case .json: .json
    case .pretty: .pretty(color: color)
    case .auto: isTerminal ? .pretty(color: color) : .json
    }
  }
}

extension ConsoleStyle {
  /// False if `NO_COLOR` is set in `environment`, or `TERM` is `dumb`.
  package static func mayColor(_ environment: [String: String]) -> Bool {
    (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
  }
}

extension Settings.ConsoleColor {
  /// Whether an output is coloured; `auto` is on a terminal, unless `mayColor` is false.
  package func isOn(isTerminal: Bool, mayColor: Bool) -> Bool {
    switch self {
    case .always: true
    case .never: false
    case .auto: isTerminal && mayColor
    }
  }
}

/// What a line that is not an event is about.
package enum ConsoleLineKind: Sendable, CaseIterable {
  /// A worker's delivery that succeeded.
  case delivered
  /// A worker's delivery that failed.
  case failed
  /// Anything else that a worker says.
  case worker
  /// A queue's state, every `worker.health_interval`.
  case health
  case notice
  case warning

  /// `kind` in JSON lines.
  var name: StaticString {
    switch self {
    case .delivered, .failed, .worker: "worker"
    case .health: "health"
    case .notice: "notice"
    case .warning: "warning"
    }
  }
}
