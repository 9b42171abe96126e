extension SettingsCodec where Value == RouteTable {
  /// A map from levels to lists of routes; levels that are left out keep the guide's.
  static var routes: SettingsCodec {
    let list = SettingsCodec<Routes>.route.list("list of routes, or `none`", limit: 16)
    return SettingsCodec(
      typeName: "map of levels to routes", isStructured: true,
      decode: { value, key, problems in
        guard case .map(let members) = value.content else {
          problems.append(
            SettingsProblem(
              value.origin, key, "a block of levels is expected, not \(value.kindName)",
              mend: "write {Error: [logbeacon, telegram.developer]}"))
          return nil
        }
        let before = problems.count
        var table = RouteTable()
        var seen: Set<Level> = []
        for member in members {
          let name = "\(key).\(member.name)"
          guard let level = Level(text: member.name) else {
            problems.append(.unknownLevel(member, key: name))
            continue
          }
          if !seen.insert(level).inserted {
            problems.append(
              SettingsProblem(member.origin, name, "level \(level.name) is given twice", mend: "keep one"))
          }
          guard !member.value.isNull, let routes = list.decode(member.value, name, &problems) else { continue }
          var all: Routes = []
          for route in routes {
            if all.contains(route) {
              problems.append(
                SettingsProblem(member.value.origin, name, "\(route.name) is given twice", mend: "keep one"))
            }
            all.formUnion(route)
          }
          table[level] = all
        }
        return problems.count == before ? table : nil
      },
      encode: { table in
        .map(Level.allCases.map { level in ("\(level.name)", list.encode(Routes.all.filter(table[level].contains))) })
      })
  }
}

extension SettingsCodec where Value == Routes {
  /// A single route by the name that answers show.
  fileprivate static var route: SettingsCodec {
    let names = Routes.all.map { "\($0.name)" }
    return .scalar(
      "route",
      parse: { scalar throws(SettingsFault) in
        guard let place = names.firstIndex(of: scalar.text) else {
          let near = Suggestion.nearest(to: scalar.text, among: names)
          throw SettingsFault(
            "\(scalar.quoted) is no route",
            mend: near.map { "did you mean \($0)?" } ?? "write one of \(names.joined(separator: ", "))")
        }
        return Routes.all[place]
      },
      encode: { .word("\($0.name)") })
  }
}

extension Level {
  /// A level by its name in any case or its number.
  fileprivate init?(text: String) {
    let span = text.utf8Span.span
    guard let level = Level(name: span) ?? Level(number: span) else { return nil }
    self = level
  }
}

extension SettingsProblem {
  fileprivate static func unknownLevel(_ member: SettingsMember, key: String) -> SettingsProblem {
    let names = Level.allCases.map { "\($0.name)" }
    let near = Suggestion.nearest(to: member.name.lowercased(), among: names.map { $0.lowercased() })
      .flatMap { near in names.first { $0.lowercased() == near } }
    let list = Level.allCases.map { "\($0.name) (\($0.rawValue))" }.joined(separator: ", ")
    return SettingsProblem(
      member.origin, key, "\(PrintableText.quoted(member.name)) is no level",
      mend: near.map { "did you mean \($0)?" } ?? "write one of \(list)")
  }
}
