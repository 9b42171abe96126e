/// The `domains` key: names first, then, when the global blocks are final, each domain's own blocks over copies of them.
enum SettingsDomains {
  /// Queues are numbered by domain; more than this is a mistake.
  static let limit = 1000

  static let key = SettingsKey<Settings>(
    path: "domains", typeName: codec.typeName, standard: "localhost", change: .restart,
    meaning:
      "names, or `{name, rate, burst, logbeacon: {…}, telegram: {…}, webhook: {…}}` with limits and overriding the global blocks",
    isSecret: false, isStructured: true,
    decode: { value, key, settings, problems in
      if let domains = codec.decode(value, key, &problems) { settings.domains = domains }
    },
    encode: text,
    isSame: { $0.domains == $1.domains },
    copy: { $1.domains = $0.domains })

  private static let members = ["name", "rate", "burst", "logbeacon", "telegram", "webhook"]

  /// Reads the names. The blocks are filled by ``complete(_:from:problems:)``.
  private static let codec = SettingsCodec<[Settings.Domain]>(
    typeName: "list of names or maps", isStructured: true,
    decode: { value, key, problems in
      guard let items = value.items, !items.isEmpty, items.count <= limit else {
        problems.append(
          SettingsProblem(value.origin, key, "1 to \(limit) domains are expected", mend: "write a list of names"))
        return nil
      }
      let before = problems.count
      var taken: Set<String> = []
      var domains: [Settings.Domain] = []
      for (index, item) in items.enumerated() {
        guard let domain = domain(of: item, key: "\(key)[\(index)]", problems: &problems) else { continue }
        if !taken.insert(domain.name).inserted {
          problems.append(
            SettingsProblem(item.origin, "\(key)[\(index)]", "\(domain.name) is given twice", mend: "keep one"))
        }
        domains.append(domain)
      }
      return problems.count == before ? domains : nil
    },
    encode: { .list($0.map { .text($0.name) }) })

  /// The name, and what no block holds.
  private static func domain(
    of item: SettingsValue, key: String, problems: inout [SettingsProblem]
  ) -> Settings.Domain? {
    let codec = SettingsCodec<String>.text(.name(upTo: 255))
    guard case .map = item.content else {
      if item.isNull {
        problems.append(SettingsProblem(item.origin, key, "an entry is empty", mend: "write a name"))
        return nil
      }
      return codec.decode(item, key, &problems).map { Settings.Domain(name: $0) }
    }
    guard let entry = SettingsMembers(item, key: key, known: members, problems: &problems) else { return nil }
    if entry["name"] == nil {
      problems.append(SettingsProblem(item.origin, "\(key).name", "a domain needs a name", mend: "add name"))
    }
    guard let name = entry.decode("name", codec, &problems) else { return nil }
    var domain = Settings.Domain(name: name)
    domain.rate = entry.decode("rate", .rate, &problems)
    domain.burst = entry.decode("burst", .integer(1...1_000_000), &problems)
    if entry["burst"] != nil, entry["rate"] == nil {
      problems.append(
        SettingsProblem(item.origin, "\(key).burst", "burst without rate limits nothing", mend: "add rate"))
    }
    return domain
  }

  /// Gives each domain of `settings` the global blocks with what `value`, the written list, overrides.
  static func complete(_ settings: inout Settings, from value: SettingsValue?, problems: inout [SettingsProblem]) {
    for index in settings.domains.indices {
      settings.domains[index].logbeacon = settings.logbeacon
      settings.domains[index].telegram = settings.telegram
      settings.domains[index].webhook = settings.webhook
    }
    for (index, item) in (value?.items ?? []).enumerated() {
      guard case .map(let members) = item.content else { continue }
      var domain = settings.domains.indices.contains(index) ? settings.domains[index] : Settings.Domain(name: "")
      for member in members where !member.value.isNull {
        let key = "domains[\(index)].\(member.name)"
        switch member.name {
        case "logbeacon":
          SettingsTree.read(member.value, SettingsTable.logbeacon, into: &domain.logbeacon, key, &problems)
        case "telegram":
          SettingsTree.read(member.value, SettingsTable.telegram, into: &domain.telegram, key, &problems)
        case "webhook":
          SettingsTree.read(member.value, SettingsTable.webhook, into: &domain.webhook, key, &problems)
        default: break
        }
      }
      if settings.domains.indices.contains(index) { settings.domains[index] = domain }
    }
  }

  /// As it is written: a name alone, or with the keys in which the domain differs from the global blocks.
  static func text(_ settings: Settings) -> SettingsText {
    .list(
      settings.domains.map { domain in
        let logbeacon = differences(SettingsTable.logbeacon, domain.logbeacon, settings.logbeacon)
        let telegram = differences(SettingsTable.telegram, domain.telegram, settings.telegram)
        let webhook = differences(SettingsTable.webhook, domain.webhook, settings.webhook)
        let isPlain = logbeacon == nil && telegram == nil && webhook == nil && domain.rate == nil
        guard !isPlain else { return .text(domain.name) }
        var members: [(name: String, value: SettingsText)] = [("name", .text(domain.name))]
        if let rate = domain.rate { members.append(("rate", .word("\(rate)"))) }
        if let burst = domain.burst { members.append(("burst", .word("\(burst)"))) }
        if let logbeacon { members.append(("logbeacon", logbeacon)) }
        if let telegram { members.append(("telegram", telegram)) }
        if let webhook { members.append(("webhook", webhook)) }
        return .map(members)
      })
  }

  private static func differences<Block>(
    _ rows: [SettingsKey<Block>], _ block: Block, _ global: Block
  ) -> SettingsText? {
    let changed = rows.filter { !$0.isSame(block, global) }
    return changed.isEmpty ? nil : .tree(changed.map { ($0.path, $0.encode(block)) })
  }
}
