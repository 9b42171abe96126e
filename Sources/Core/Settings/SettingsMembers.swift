/// The members of a map that was written where a few named ones are expected.
struct SettingsMembers {
  let origin: SettingsOrigin
  let key: String
  private var values: [String: SettingsValue] = [:]

  /// `nil` when `value` is no map. Members outside `known` are reported.
  init?(_ value: SettingsValue, key: String, known: [String], problems: inout [SettingsProblem]) {
    origin = value.origin
    self.key = key
    guard case .map(let members) = value.content else {
      problems.append(
        SettingsProblem(
          origin, key, "a block of keys is expected, not \(value.kindName)",
          mend: "write {\(known.joined(separator: ", "))}"))
      return nil
    }
    for member in members {
      if known.contains(member.name) {
        values[member.name] = member.value
      } else {
        problems.append(.unknownKey(member, under: key, known: known))
      }
    }
  }

  /// The raw value, `nil` when absent or null.
  subscript(name: String) -> SettingsValue? {
    values[name].flatMap { $0.isNull ? nil : $0 }
  }

  func decode<Value>(
    _ name: String, _ codec: SettingsCodec<Value>, _ problems: inout [SettingsProblem]
  ) -> Value? {
    self[name].flatMap { codec.decode($0, "\(key).\(name)", &problems) }
  }
}

extension SettingsProblem {
  /// A key that does not exist, with the nearest one that does.
  static func unknownKey(_ member: SettingsMember, under prefix: String, known: [String]) -> SettingsProblem {
    let path = prefix.isEmpty ? member.name : "\(prefix).\(member.name)"
    let near = Suggestion.nearest(to: member.name, among: known)
    return SettingsProblem(
      member.origin, path, "unknown key",
      mend: near.map { "did you mean \(prefix.isEmpty ? $0 : "\(prefix).\($0)")?" } ?? "remove it")
  }
}
