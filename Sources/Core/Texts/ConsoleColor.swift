/// The colours of the guide's chapter 3, as ECMA-48 SGR sequences.
enum ConsoleColor {
  static let reset: StaticString = "\u{1B}[0m"

  static func start(of level: Level) -> StaticString {
    switch level {
    case .debug: cyan
    case .info, .infoCTG: green
    case .error, .errorCTG: red
    case .monitor: onGreen
    }
  }

  /// `nil`: in the terminal's own colour.
  static func start(of kind: ConsoleLineKind) -> StaticString? {
    switch kind {
    case .delivered: green
    case .failed: red
    case .warning: yellow
    case .worker, .health, .notice: nil
    }
  }

  private static let cyan: StaticString = "\u{1B}[36m"
  private static let green: StaticString = "\u{1B}[32m"
  private static let red: StaticString = "\u{1B}[31m"
  private static let yellow: StaticString = "\u{1B}[33m"
  /// Black on green: the default foreground may be green itself.
  private static let onGreen: StaticString = "\u{1B}[30;42m"
}
