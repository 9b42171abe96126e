extension SettingsCodec where Value == [Settings.Token] {
  /// Clients, at most 1000, each with its own name and either its token, the SHA-256 of that, or its certificate's subject.
  static var tokens: SettingsCodec {
    let list = SettingsCodec<Settings.Token>.token.list(
      "list of {name, sha256 or token or subject, domains, rate, burst}", limit: 1000, isStructured: true)
    return SettingsCodec(
      typeName: list.typeName, isStructured: true, isSecret: true,
      decode: { value, key, problems in
        guard let tokens = list.decode(value, key, &problems) else { return nil }
        var names: Set<String> = []
        for token in tokens where !names.insert(token.name).inserted {
          problems.append(
            SettingsProblem(value.origin, key, "two tokens are named \(token.name)", mend: "give each its own name"))
        }
        var subjects: Set<ClientSubject> = []
        let certified = tokens.compactMap(\.subject)
        for subject in certified where !subjects.insert(subject).inserted {
          problems.append(
            SettingsProblem(value.origin, key, "two tokens have the subject \(subject)", mend: "keep one of them"))
        }
        return names.count == tokens.count && subjects.count == certified.count ? tokens : nil
      },
      encode: list.encode)
  }
}

extension SettingsCodec where Value == Settings.Token {
  fileprivate static var token: SettingsCodec {
    SettingsCodec(
      typeName: "token", isStructured: true, isSecret: true, decode: decode,
      encode: { token in
        var members: [(name: String, value: SettingsText)] = [("name", .text(token.name))]
        if token.sha256 != nil { members.append(("sha256", .secret)) }
        if token.token != nil { members.append(("token", .secret)) }
        if let subject = token.subject { members.append(("subject", .text(subject.description))) }
        if !token.domains.isEmpty { members.append(("domains", .list(token.domains.map { .text($0) }))) }
        if let rate = token.rate { members.append(("rate", .word("\(rate)"))) }
        if let burst = token.burst { members.append(("burst", .word("\(burst)"))) }
        return .map(members)
      })
  }

  @Sendable private static func decode(
    _ value: SettingsValue, _ key: String, _ problems: inout [SettingsProblem]
  ) -> Settings.Token? {
    let known = ["name", "sha256", "token", "subject", "domains", "rate", "burst"]
    guard let members = SettingsMembers(value, key: key, known: known, problems: &problems) else { return nil }
    let before = problems.count
    let names = SettingsCodec<String>.text(.name(upTo: 255)).list("list of names", limit: 1000)
    var token = Settings.Token(
      name: members.decode("name", .text(.name(upTo: 64)), &problems) ?? "",
      domains: members.decode("domains", names, &problems) ?? [])
    token.sha256 = members.decode("sha256", .sha256, &problems)?.value
    token.token = members.decode("token", .secret(.token), &problems)
    token.subject = members.decode("subject", .clientSubject, &problems)
    token.rate = members.decode("rate", .rate, &problems)
    token.burst = members.decode("burst", .integer(1...1_000_000), &problems)
    if members["name"] == nil {
      problems.append(SettingsProblem(value.origin, "\(key).name", "every token needs a name", mend: "add name"))
    }
    if members["burst"] != nil, members["rate"] == nil {
      problems.append(
        SettingsProblem(value.origin, "\(key).burst", "burst without rate limits nothing", mend: "add rate"))
    }
    if ["sha256", "token", "subject"].count(where: { members[$0] != nil }) != 1 {
      problems.append(
        SettingsProblem(
          value.origin, key, "a token needs exactly one of sha256, token and subject", mend: "keep one of them"))
    }
    return problems.count == before ? token : nil
  }
}

extension SettingsCodec where Value == ClientSubject {
  fileprivate static var clientSubject: SettingsCodec {
    .scalar(
      "subject",
      parse: { scalar throws(SettingsFault) in
        guard let subject = ClientSubject(scalar.text) else {
          throw SettingsFault(
            "\(scalar.quoted) names no certificate",
            mend: "write CN=…,O=… as `openssl x509 -noout -subject -nameopt RFC2253` prints it, dns:HOST or uri:URI")
        }
        return subject
      },
      encode: { .text($0.description) })
  }
}

extension SettingsCodec where Value == Double {
  /// Events a second.
  static var rate: SettingsCodec {
    .scalar(
      "rate",
      parse: { scalar throws(SettingsFault) in
        guard scalar.isPlain, let rate = Double(scalar.text), rate > 0, rate <= 1_000_000 else {
          throw SettingsFault("\(scalar.quoted) is not a rate", mend: "write events a second, above 0 to 1000000")
        }
        return rate
      },
      encode: { .word("\($0)") })
  }
}

extension SettingsCodec where Value == Secret {
  fileprivate static var sha256: SettingsCodec {
    .scalar(
      "SHA-256", isSecret: true,
      parse: { scalar throws(SettingsFault) in
        let text = scalar.text.lowercased()
        let isHexadecimal = text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        guard text.utf8.count == 64, isHexadecimal else {
          throw SettingsFault("the value is not a SHA-256", mend: "write 64 hexadecimal digits")
        }
        return Secret(text)
      },
      encode: { _ in .secret })
  }
}
