/// Environment variables that give settings: `BEACONGATE_HTTP_LISTEN` is `http.listen`.
package enum SettingsVariables {
  /// A variable of ours: the key it is for and its text, or the path of the file that holds the text.
  package struct Reading: Sendable, Equatable {
    package let row: String
    package let name: String
    package let text: String
    /// True for `…_FILE`: the text is a path.
    package let isFile: Bool
  }

  package struct Outcome: Sendable, Equatable {
    package var readings: [Reading] = []
    package var problems: [SettingsProblem] = []
    /// Variables with our prefix that no key has; an error in `check`.
    package var unknown: [SettingsProblem] = []
  }

  package static let prefix = "BEACONGATE_"

  /// The variable of a key.
  package static func name(of path: String) -> String {
    prefix + path.uppercased().map { $0 == "." ? "_" : String($0) }.joined()
  }

  /// Everything with our prefix. An empty variable is as good as none, since compose files cannot leave one out.
  package static func read(_ environment: [String: String]) -> Outcome {
    var outcome = Outcome()
    for (name, text) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix(prefix) {
      if let path = paths[name] {
        guard !text.isEmpty else { continue }
        outcome.readings.append(Reading(row: path, name: name, text: text, isFile: false))
      } else if name.hasSuffix("_FILE"), let path = paths[String(name.dropLast(5))] {
        guard !text.isEmpty else { continue }
        if environment[String(name.dropLast(5))]?.isEmpty == false {
          outcome.problems.append(
            SettingsProblem(.variable(name), path, "\(name.dropLast(5)) is set too", mend: "keep one of the two"))
        }
        outcome.readings.append(Reading(row: path, name: name, text: text, isFile: true))
      } else if !isForeign(name) {
        outcome.unknown.append(unknown(name))
      }
    }
    return outcome
  }

  /// The prefix is not counted: it would make any short name look near.
  private static func unknown(_ name: String) -> SettingsProblem {
    let known = paths.keys.sorted().map { String($0.dropFirst(prefix.count)) }
    let near = Suggestion.nearest(to: String(name.dropFirst(prefix.count)), among: known)
    return SettingsProblem(
      .variable(name), "", "unknown variable", mend: near.map { "did you mean \(prefix)\($0)?" } ?? "remove it")
  }

  /// True when the text of a variable or flag is JSON and not a comma-separated list.
  package static func isJSON(_ text: String, row: SettingsKey<Settings>) -> Bool {
    let start = text.drop { $0 == " " || $0 == "\n" || $0 == "\t" }
    if row.isStructured { return start.hasPrefix("[") || start.hasPrefix("{") }
    return start.hasPrefix("[\"") || start == "[]"
  }

  private static let paths = Dictionary(uniqueKeysWithValues: SettingsTable.rows.map { (name(of: $0.path), $0.path) })

  /// Variables with our prefix that are no settings: where the file is, the token of `beacongate send`, and what
  /// Kubernetes sets for a service of our name.
  private static func isForeign(_ name: String) -> Bool {
    let rest = name.dropFirst(prefix.count)
    return rest == "CONFIG" || rest == "TOKEN" || rest.hasPrefix("SERVICE_") || rest.hasPrefix("PORT")
  }
}
