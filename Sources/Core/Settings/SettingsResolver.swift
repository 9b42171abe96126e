/// What came of reading the settings.
package struct SettingsOutcome: Sendable {
  /// `nil` when there is any problem.
  package var settings: Settings?
  /// In the order of ``SettingsProblem/sorted(_:)``.
  package var problems: [SettingsProblem]
  /// Where each key that somebody wrote got the value that counts.
  package var origins: [String: SettingsOrigin]
}

/// Merges defaults, file, variables and flags, in rising precedence, and checks the whole.
///
/// A value is checked even where a later layer replaces it. Lists and maps are replaced whole. A null is no value.
package struct SettingsResolver {
  private var settings = Settings()
  private var problems: [SettingsProblem] = []
  /// The value of each given key that wins.
  private var given: [String: SettingsValue] = [:]

  /// `file` is the expanded tree, `nil` for an empty or missing file; `found` are problems that reading it brought.
  package static func resolve(
    file: SettingsValue?, variables: [SettingsEntry] = [], flags: [SettingsEntry] = [],
    found: [SettingsProblem] = []
  ) -> SettingsOutcome {
    var resolver = SettingsResolver()
    resolver.problems = found
    if let file {
      let paths = SettingsTable.rows.map(\.path)
      resolver.apply(SettingsTree.entries(of: file, known: paths, problems: &resolver.problems))
    }
    resolver.apply(variables)
    resolver.apply(flags)
    resolver.complete()
    let isSound = resolver.problems.isEmpty
    let origins = resolver.given.mapValues(\.origin)
    let broken = SettingsRules.problems(resolver.settings, given: origins)
    let problems =
      resolver.problems + broken.filter { problem in !resolver.problems.contains { $0.key == problem.key } }
    return SettingsOutcome(
      settings: isSound && broken.isEmpty ? resolver.settings : nil, problems: SettingsProblem.sorted(problems),
      origins: origins)
  }

  private mutating func apply(_ layer: [SettingsEntry]) {
    for entry in layer where !entry.value.isNull {
      guard let row = SettingsTable.row(entry.path) else {
        let near = Suggestion.nearest(to: entry.path, among: SettingsTable.rows.map(\.path))
        problems.append(
          SettingsProblem(
            entry.value.origin, entry.path, "unknown key", mend: near.map { "did you mean \($0)?" } ?? "remove it"))
        continue
      }
      given[entry.path] = entry.value
      row.decode(entry.value, entry.path, &settings, &problems)
    }
  }

  /// What depends on other keys: domains take the final global blocks, then the default domain can be found.
  private mutating func complete() {
    SettingsDomains.complete(&settings, from: given["domains"], problems: &problems)
    settings.defaultDomain = 0
    if let value = given["default_domain"], case .scalar(let name, _) = value.content,
      SettingsTextRule.name(upTo: 255).accepts(name)
    {
      if let index = settings.domains.firstIndex(where: { $0.name == name }) {
        settings.defaultDomain = index
      } else {
        problems.append(
          SettingsProblem(
            value.origin, "default_domain", "\(PrintableText.quoted(name)) is not among the domains",
            mend: "add it to domains, or write one of them"))
      }
    }
    if given["queue"] == nil { settings.queue = settings.broker.urls.isEmpty ? .embedded : .rabbitmq }
  }
}

extension Settings {
  /// The domain of events that name none.
  package var defaultDomainName: String {
    get { domains.indices.contains(defaultDomain) ? domains[defaultDomain].name : "" }
    set { defaultDomain = domains.firstIndex { $0.name == newValue } ?? defaultDomain }
  }

  /// Whether events are taken without a token: as set, else true only if no other machine can reach a listener.
  package var allowsAnonymous: Bool {
    auth.allowAnonymous ?? http.listen.allSatisfy(\.isLocal)
  }
}
