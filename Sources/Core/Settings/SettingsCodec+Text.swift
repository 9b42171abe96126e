/// What a text may look like: a rule with its name and its mend.
struct SettingsTextRule: Sendable {
  let typeName: String
  let mend: String
  let accepts: @Sendable (String) -> Bool

  /// Any text on one line, 1 to 4096 bytes.
  static let line = SettingsTextRule(typeName: "text", mend: "write 1 to 4096 bytes on one line") {
    (1...4096).contains($0.utf8.count) && !$0.unicodeScalars.contains(where: PrintableText.isControl)
  }

  static let path = SettingsTextRule(typeName: "path", mend: "write a path of 1 to 4096 bytes") {
    (1...4096).contains($0.utf8.count) && !$0.unicodeScalars.contains(where: PrintableText.isControl)
  }

  /// Letters, digits, `.`, `_` and `-`, not starting with `.`: domain and program names.
  static func name(upTo limit: Int) -> SettingsTextRule {
    SettingsTextRule(
      typeName: "name", mend: "write 1 to \(limit) of A-Z a-z 0-9 . _ -, not starting with a dot"
    ) { text in
      (1...limit).contains(text.utf8.count) && !text.hasPrefix(".")
        && text.utf8.allSatisfy { Self.isAlphanumeric($0) || [0x2E, 0x5F, 0x2D].contains($0) }
    }
  }

  /// Visible ASCII without spaces: tokens.
  static let token = SettingsTextRule(typeName: "token", mend: "write 1 to 1024 visible ASCII characters, no spaces") {
    (1...1024).contains($0.utf8.count) && $0.utf8.allSatisfy { (0x21...0x7E).contains($0) }
  }

  /// `123456:ABC-DEF…`: it stands in a URL's path.
  static let botToken = SettingsTextRule(typeName: "bot token", mend: "write it as the BotFather gave it") {
    (1...256).contains($0.utf8.count)
      && $0.utf8.allSatisfy { Self.isAlphanumeric($0) || [0x3A, 0x5F, 0x2D].contains($0) }
  }

  /// A chat's number, negative for groups, or `@name` of a channel.
  static let chat = SettingsTextRule(typeName: "chat id", mend: "write the chat's number, or @name of a channel") {
    text in
    if let number = Int64(text) { return number != 0 && !text.hasPrefix("+") }
    return text.hasPrefix("@") && (2...65).contains(text.utf8.count)
      && text.utf8.dropFirst().allSatisfy { Self.isAlphanumeric($0) || $0 == 0x5F }
  }

  /// A header's name (RFC 9110 §5.6.2).
  static let headerName = SettingsTextRule(typeName: "header name", mend: "write letters, digits and -") {
    isHeaderName($0)
  }

  /// An IANA name such as `Asia/Taipei`, or a POSIX rule such as `CST-8`; never a path out of the zone folder.
  static let timeZone = SettingsTextRule(typeName: "time zone", mend: "write an IANA name such as Asia/Taipei") {
    text in
    (1...64).contains(text.utf8.count) && !text.hasPrefix("/") && !text.contains("..")
      && text.utf8.allSatisfy { Self.isAlphanumeric($0) || "/_-+,.:<>".utf8.contains($0) }
  }

  /// A host without its port, as a `Host` header has it.
  static let host = SettingsTextRule(typeName: "host", mend: "write a host name or address without a port") { text in
    (1...255).contains(text.utf8.count)
      && text.utf8.allSatisfy { Self.isAlphanumeric($0) || [0x2E, 0x2D, 0x5F, 0x3A, 0x5B, 0x5D].contains($0) }
      && (!text.contains(":") || text.hasPrefix("["))
  }

  static func isHeaderName(_ text: String) -> Bool {
    (1...128).contains(text.utf8.count)
      && text.utf8.allSatisfy { isAlphanumeric($0) || "!#$%&'*+-.^_`|~".utf8.contains($0) }
  }

  static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: false
    }
  }
}

extension SettingsCodec where Value == String {
  static func text(_ rule: SettingsTextRule) -> SettingsCodec {
    .scalar(
      rule.typeName,
      parse: { scalar throws(SettingsFault) in
        guard rule.accepts(scalar.text) else {
          throw SettingsFault("\(scalar.quoted) is not a \(rule.typeName)", mend: rule.mend)
        }
        return scalar.text
      },
      encode: { .text($0) })
  }

  /// An `http://` or `https://` URL without a trailing slash.
  static var baseURL: SettingsCodec {
    .scalar(
      "URL",
      parse: { scalar throws(SettingsFault) in
        let url = try URLText.parse(scalar, schemes: ["https", "http"])
        return String(url.text.reversed().drop { $0 == "/" }.reversed())
      },
      encode: { .text(URLText(text: $0).masked) })
  }
}

extension SettingsCodec where Value == Secret {
  static func secret(_ rule: SettingsTextRule) -> SettingsCodec {
    .scalar(
      rule.typeName, isSecret: true,
      parse: { scalar throws(SettingsFault) in
        guard rule.accepts(scalar.text) else {
          throw SettingsFault("the value is not a \(rule.typeName)", mend: rule.mend)
        }
        return Secret(scalar.text)
      },
      encode: { _ in .secret })
  }

  /// An `amqp://` or `amqps://` URL; its password never shows.
  static var brokerURL: SettingsCodec {
    .scalar(
      "URL", isSecret: true,
      parse: { scalar throws(SettingsFault) in
        Secret(try URLText.parse(scalar, schemes: ["amqp", "amqps"]).text)
      },
      encode: { .text(URLText(text: $0.value).masked) })
  }
}

extension SettingsCodec where Value == Settings.Target {
  /// A text, or the word `none` for a sink that is not wanted.
  static func target(
    _ typeName: String, parse: @escaping @Sendable (SettingsScalar) throws(SettingsFault) -> String,
    encode: @escaping @Sendable (String) -> SettingsText
  ) -> SettingsCodec {
    .scalar(
      "\(typeName), or `none`",
      parse: { scalar throws(SettingsFault) in
        scalar.text.lowercased() == "none" ? .unwanted : .set(try parse(scalar))
      },
      encode: { target in
        switch target {
        case .unset: .null
        case .unwanted: .word("none")
        case .set(let text): encode(text)
        }
      })
  }

  static var chat: SettingsCodec {
    .target(
      "chat id",
      parse: { scalar throws(SettingsFault) in
        guard SettingsTextRule.chat.accepts(scalar.text) else {
          throw SettingsFault("\(scalar.quoted) is not a chat id", mend: SettingsTextRule.chat.mend)
        }
        return scalar.text
      },
      encode: { .text($0) })
  }

  static var url: SettingsCodec {
    .target(
      "URL",
      parse: { scalar throws(SettingsFault) in try URLText.parse(scalar, schemes: ["https", "http"]).text },
      encode: { .text(URLText(text: $0).masked) })
  }
}

extension SettingsCodec where Value == Settings.SecretTarget {
  static var botToken: SettingsCodec {
    let secret = SettingsCodec<Secret>.secret(.botToken)
    return SettingsCodec(
      typeName: "bot token, or `none`", isSecret: true,
      decode: { value, key, problems in
        if value.isWord("none") { return .unwanted }
        return secret.decode(value, key, &problems).map { .set($0) }
      },
      encode: { target in
        switch target {
        case .unset: .null
        case .unwanted: .word("none")
        case .set: .secret
        }
      })
  }
}
