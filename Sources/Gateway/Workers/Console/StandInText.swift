import Core

/// What tells a line that the console printed in a sink's place from a delivery to the sink itself.
enum StandInText {
  static func mark(_ locale: Settings.Locale) -> StaticString {
    switch locale {
    case .traditionalChinese: " (主控台)"
    case .english: " (console)"
    }
  }
}
