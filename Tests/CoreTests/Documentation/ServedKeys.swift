import Core

/// Which settings the READMEs list: those that do something in this version.
enum ServedKeys {
  /// Read and checked, but without effect so far: named in prose, not among the keys that are served.
  static let withoutEffect = [
    "telegram.group_window", "telegram.repeat_interval", "telegram.max_age",
  ]

  static func contains(_ key: String) -> Bool { !withoutEffect.contains(key) }

  static var all: [String] { SettingsTable.rows.map(\.path).filter(contains) }
}
