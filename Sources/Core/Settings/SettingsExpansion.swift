/// Replaces `${NAME}` and `${NAME:-default}` inside the scalars of a file by environment variables.
///
/// The default stands in for a variable that is unset or empty, as in a shell; `$${` is a literal `${`. A scalar in
/// which something was replaced counts as plain, since quotes are how YAML lets one write `${…}` in a flow.
package struct SettingsExpansion {
  private let environment: [String: String]
  package private(set) var problems: [SettingsProblem] = []

  package init(environment: [String: String]) {
    self.environment = environment
  }

  /// `value` with every scalar in it expanded. `key` is for the problems.
  package mutating func expand(_ value: SettingsValue, key: String = "") -> SettingsValue {
    switch value.content {
    case .null: return value
    case .scalar(let text, let isPlain):
      guard text.contains("${") else { return value }
      return expandScalar(text, isPlain: isPlain, value.origin, key: key)
    case .list(let items):
      var expanded: [SettingsValue] = []
      for (index, item) in items.enumerated() { expanded.append(expand(item, key: "\(key)[\(index)]")) }
      return SettingsValue(value.origin, .list(expanded))
    case .map(let members):
      var expanded: [SettingsMember] = []
      for member in members {
        let path = key.isEmpty ? member.name : "\(key).\(member.name)"
        expanded.append(
          SettingsMember(name: member.name, origin: member.origin, value: expand(member.value, key: path)))
      }
      return SettingsValue(value.origin, .map(expanded))
    }
  }

  private mutating func expandScalar(_ text: String, isPlain: Bool, _ origin: SettingsOrigin, key: String)
    -> SettingsValue
  {
    var result = ""
    var rest = text[...]
    var didReplace = false
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      rest = rest[dollar...]
      if rest.hasPrefix("$${") {
        result += "${"
        rest = rest.dropFirst(3)
      } else if rest.hasPrefix("${") {
        guard let end = rest.firstIndex(of: "}") else {
          problems.append(
            SettingsProblem(origin, key, "${ has no closing }", mend: "write ${NAME}, or $${ for a literal ${"))
          return SettingsValue(origin, .null)
        }
        guard let replacement = lookUp(rest[..<end].dropFirst(2), origin, key: key) else {
          return SettingsValue(origin, .null)
        }
        result += replacement
        rest = rest[end...].dropFirst()
        didReplace = true
      } else {
        result += "$"
        rest = rest.dropFirst()
      }
    }
    result += rest
    return didReplace ? .plain(result, origin) : SettingsValue(origin, .scalar(result, isPlain: isPlain))
  }

  private mutating func lookUp(_ reference: Substring, _ origin: SettingsOrigin, key: String) -> String? {
    var name = reference
    var fallback: Substring?
    if let mark = reference.firstRange(of: ":-") {
      name = reference[..<mark.lowerBound]
      fallback = reference[mark.upperBound...]
    }
    guard Self.isVariableName(name) else {
      problems.append(
        SettingsProblem(
          origin, key, "${…} holds no variable name", mend: "write ${NAME} or ${NAME:-default}, or $${ for a literal ${"
        ))
      return nil
    }
    let found = environment[String(name)]
    if let found, fallback == nil || !found.isEmpty { return found }
    if let fallback { return String(fallback) }
    problems.append(
      SettingsProblem(
        origin, key, "the variable \(name) is not set", mend: "set it, or give a default: ${\(name):-default}"))
    return nil
  }

  private static func isVariableName(_ name: Substring) -> Bool {
    guard let first = name.utf8.first, first == UInt8(ascii: "_") || isLetter(first) else { return false }
    return name.utf8.allSatisfy { $0 == UInt8(ascii: "_") || isLetter($0) || (0x30...0x39).contains($0) }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }
}
