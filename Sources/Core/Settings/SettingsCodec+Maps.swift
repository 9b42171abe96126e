extension SettingsCodec where Value == [String: String] {
  /// New names for members of the LogBeacon body; the names that result must differ.
  static func renames(of known: [String]) -> SettingsCodec {
    SettingsCodec(
      typeName: "map of names", isStructured: true,
      decode: { value, key, problems in
        let name = SettingsCodec<String>.text(.line)
        guard let members = SettingsMembers(value, key: key, known: known, problems: &problems) else { return nil }
        let before = problems.count
        var renames: [String: String] = [:]
        for old in known { renames[old] = members.decode(old, name, &problems) }
        var taken: Set<String> = []
        for new in known.map({ renames[$0] ?? $0 }) where !taken.insert(new).inserted {
          problems.append(
            SettingsProblem(value.origin, key, "two members would be named \(new)", mend: "give each its own name"))
        }
        return problems.count == before ? renames : nil
      },
      encode: { map in
        .map(map.sorted { $0.key < $1.key }.map { ($0.key, .text($0.value)) })
      })
  }
}

extension SettingsCodec where Value == [String: Secret] {
  /// Headers that are added to each call, at most 64. Values may be secrets and never show.
  static var headers: SettingsCodec {
    SettingsCodec(
      typeName: "map of headers", isStructured: true, isSecret: true,
      decode: { value, key, problems in
        guard case .map(let members) = value.content else {
          problems.append(
            SettingsProblem(
              value.origin, key, "a block of headers is expected, not \(value.kindName)", mend: "write {Name: value}"))
          return nil
        }
        guard members.count <= 64 else {
          problems.append(SettingsProblem(value.origin, key, "too many headers", mend: "at most 64"))
          return nil
        }
        let before = problems.count
        let secret = SettingsCodec<Secret>.secret(.headerValue)
        var headers: [String: Secret] = [:]
        var names: Set<String> = []
        for member in members {
          let name = "\(key).\(member.name)"
          if let problem = refusal(of: member, key: name, names: &names) {
            problems.append(problem)
          } else if let value = secret.decode(member.value, name, &problems) {
            headers[member.name] = value
          }
        }
        return problems.count == before ? headers : nil
      },
      encode: { headers in
        .map(headers.keys.sorted().map { ($0, .secret) })
      })
  }

  /// Headers that the call itself must set.
  private static var reserved: Set<String> {
    ["connection", "content-length", "content-type", "idempotency-key", "transfer-encoding", "upgrade"]
  }

  private static func refusal(
    of member: SettingsMember, key: String, names: inout Set<String>
  ) -> SettingsProblem? {
    let name = member.name.lowercased()
    if !SettingsTextRule.isHeaderName(member.name) {
      return SettingsProblem(member.origin, key, "not a header name", mend: SettingsTextRule.headerName.mend)
    }
    if reserved.contains(name) {
      return SettingsProblem(member.origin, key, "this header is set by each call itself", mend: "remove it")
    }
    if !names.insert(name).inserted {
      return SettingsProblem(member.origin, key, "this header is given twice", mend: "keep one")
    }
    return nil
  }
}

extension SettingsTextRule {
  /// Visible characters and inner spaces: no CR, LF or NUL can start a second header.
  static let headerValue = SettingsTextRule(typeName: "header value", mend: "write 1 to 4096 bytes on one line") {
    line.accepts($0) && !$0.hasPrefix(" ") && !$0.hasSuffix(" ")
  }
}
