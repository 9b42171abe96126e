import Core

/// Which settings the READMEs list: those that do something in this version.
enum ServedKeys {
  /// Asking for their part is refused. A trailing dot stands for all keys below.
  private static let later = ["auth.tokens"]

  /// Read and checked, but without effect so far: named in prose, not among the keys that are served.
  static let withoutEffect = [
    "telegram.group_window", "telegram.repeat_interval", "telegram.max_age",
  ]

  static func contains(_ key: String) -> Bool {
    let isLater = later.contains { $0.hasSuffix(".") ? key.hasPrefix($0) : key == $0 }
    return !isLater && !withoutEffect.contains(key)
  }

  static var all: [String] { SettingsTable.rows.map(\.path).filter(contains) }
}
