import Core

/// The flags by which `serve` and `check` take settings.
package enum SettingsFlags {
  /// Flags with a name of their own, and their keys.
  private static let named = [("role", "role"), ("data-dir", "data_dir"), ("http-listen", "http.listen")]

  package static let flags: [CommandSyntax.Flag] = [
    .init("config", value: "FILE", "configuration file (BEACONGATE_CONFIG, else beacongate.yaml if it exists)"),
    .init("role", value: "ROLE", "all, ingest or worker"),
    .init("data-dir", value: "DIR", "where spool, queue and keys lie"),
    .init("http-listen", value: "ADDRESS", "where events are taken, such as 127.0.0.1:8080"),
    .init("set", value: "KEY=VALUE", isRepeatable: true, "any other setting; lists are comma separated"),
  ]

  /// Texts by dotted key.
  package static func read(
    _ arguments: CommandArguments, syntax: CommandSyntax
  ) throws(UsageError) -> [String: String] {
    var texts: [String: String] = [:]
    for (flag, key) in named {
      if let value = arguments.value(flag) { texts[key] = value }
    }
    for pair in arguments.values("set") {
      guard let mark = pair.firstIndex(of: "="), mark != pair.startIndex else {
        throw UsageError("--set needs KEY=VALUE", syntax: syntax)
      }
      let key = String(pair[..<mark])
      guard texts.updateValue(String(pair[mark...].dropFirst()), forKey: key) == nil else {
        throw UsageError("\(key) is given twice", syntax: syntax)
      }
    }
    return texts
  }

  /// How a problem names the flag that gave a key.
  static func name(of path: String) -> String {
    named.first { $0.1 == path }.map { "--\($0.0)" } ?? "--set \(path)"
  }
}
