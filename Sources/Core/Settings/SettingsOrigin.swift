/// Where a setting's value was written.
package enum SettingsOrigin: Sendable, Hashable, CustomStringConvertible {
  /// Line and column from 1.
  case file(String, line: Int, column: Int)
  /// An environment variable by its full name.
  case variable(String)
  /// A command line flag with its dashes.
  case flag(String)

  package var description: String {
    switch self {
    case .file(let name, let line, let column): "\(name):\(line):\(column)"
    case .variable(let name), .flag(let name): name
    }
  }

  /// Reports list files by place, then variables, then flags.
  fileprivate var rank: (Int, Int, Int, String) {
    switch self {
    case .file(_, let line, let column): (0, line, column, "")
    case .variable(let name): (1, 0, 0, name)
    case .flag(let name): (2, 0, 0, name)
    }
  }
}

/// One thing that is wrong with the settings, and how to mend it. Never holds a secret.
package struct SettingsProblem: Error, Sendable, Hashable, CustomStringConvertible {
  /// `nil` when no single place is to blame: a rule across keys, or a default.
  package let origin: SettingsOrigin?
  /// The key, with index or member where one is meant: `auth.tokens[0].name`. Empty for the file as a whole.
  package let key: String
  package let problem: String
  package let mend: String

  package init(_ origin: SettingsOrigin?, _ key: String, _ problem: String, mend: String) {
    self.origin = origin
    self.key = key
    self.problem = problem
    self.mend = mend
  }

  /// One line: `file:line:column: key: problem; mend`, for a variable or flag that names the key already without it.
  package var description: String {
    var parts: [String] = []
    if let origin { parts.append(origin.description) }
    if !key.isEmpty, !originNamesKey { parts.append(key) }
    parts.append(mend.isEmpty ? problem : "\(problem); \(mend)")
    return PrintableText.escaped(parts.joined(separator: ": "))
  }

  private var originNamesKey: Bool {
    switch origin {
    case .variable(let name): name == SettingsVariables.name(of: key)
    case .flag(let name): name.hasSuffix(key) || !key.contains(".")
    case .file, nil: false
    }
  }

  /// In the order in which a reader meets them: file, variables, flags, then rules across keys.
  package static func sorted(_ problems: [SettingsProblem]) -> [SettingsProblem] {
    problems.enumerated().sorted { left, right in
      switch (left.element.origin, right.element.origin) {
      case (let first?, let second?):
        first.rank == second.rank ? left.offset < right.offset : first.rank < second.rank
      case (nil, nil): left.offset < right.offset
      case (let first, _): first != nil
      }
    }.map(\.element)
  }
}
