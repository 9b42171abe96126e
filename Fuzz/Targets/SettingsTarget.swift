import Core
import YAML

@testable import Gateway

/// A configuration file of anybody: settings, or problems that each name their place.
enum SettingsTarget {
  static func run(_ input: [UInt8]) {
    let document = YAMLDocument(parsing: input)
    guard let root = document.root else { return }
    var expansion = SettingsExpansion(environment: ["NAME": "value", "EMPTY": ""])
    let tree = expansion.expand(SettingsValue(root) { .file("f", line: $0.line, column: $0.column) })
    let outcome = SettingsResolver.resolve(file: tree, found: expansion.problems)
    require((outcome.settings == nil) == !outcome.problems.isEmpty, "neither settings nor a problem, or both")
    for problem in outcome.problems {
      require(!problem.problem.isEmpty, "a problem that says nothing")
      let line = problem.description
      require(!line.utf8.contains { $0 < 0x20 || $0 == 0x7F }, "a problem that acts on a terminal")
    }
    if let settings = outcome.settings {
      require(settings.domains.indices.contains(settings.defaultDomain), "no default domain")
      _ = EventRules(settings: settings)
      _ = BodyEncoder(settings: settings)
    }
    let variables = SettingsVariables.read(["BEACONGATE_DOMAINS": String(decoding: input.prefix(200), as: UTF8.self)])
    _ = variables.unknown
  }
}
