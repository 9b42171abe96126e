extension SettingsCodec where Value == Bool {
  static var boolean: SettingsCodec {
    .scalar(
      "true or false",
      parse: { scalar throws(SettingsFault) in
        switch scalar.text.lowercased() {
        case "true" where scalar.isPlain, "yes" where scalar.isPlain, "on" where scalar.isPlain: return true
        case "false" where scalar.isPlain, "no" where scalar.isPlain, "off" where scalar.isPlain: return false
        default: throw SettingsFault("\(scalar.quoted) is not a boolean", mend: "write true or false")
        }
      },
      encode: { .word($0 ? "true" : "false") })
  }
}

extension SettingsCodec where Value: FixedWidthInteger {
  static func integer(_ range: ClosedRange<Value>, typeName: String? = nil) -> SettingsCodec {
    .scalar(
      typeName ?? "integer \(range.lowerBound)–\(range.upperBound)",
      parse: { scalar throws(SettingsFault) in
        let mend = "write \(range.lowerBound) to \(range.upperBound)"
        guard scalar.isPlain, let number = Value(scalar.text) else {
          throw SettingsFault(
            "\(scalar.quoted) is not a whole number", mend: scalar.isPlain ? mend : "leave the quotes out")
        }
        guard range.contains(number) else { throw SettingsFault("\(number) is out of range", mend: mend) }
        return number
      },
      encode: { .word("\($0)") })
  }
}

extension SettingsCodec where Value == Int {
  /// A number of things of which 0, written `auto`, means that the program chooses.
  static func count(upTo limit: Int) -> SettingsCodec {
    let plain = integer(1...limit)
    return SettingsCodec(
      typeName: "integer 1–\(limit), or `auto`",
      decode: { value, key, problems in
        if value.isWord("auto") || value.isWord("0") { return 0 }
        return plain.decode(value, key, &problems)
      },
      encode: { .word($0 == 0 ? "auto" : "\($0)") })
  }

  /// Bytes.
  static func size(_ range: ClosedRange<Int>) -> SettingsCodec {
    let bounds = "\(ByteSizeText.format(range.lowerBound)) to \(ByteSizeText.format(range.upperBound))"
    return .scalar(
      "size",
      parse: { scalar throws(SettingsFault) in
        guard let bytes = ByteSizeText.parse(scalar.text) else {
          throw SettingsFault("\(scalar.quoted) is not a size", mend: "write bytes, or a unit such as 64KiB or 1GiB")
        }
        guard range.contains(bytes) else {
          throw SettingsFault("\(scalar.text) is out of range", mend: "write \(bounds)")
        }
        return bytes
      },
      encode: { .word(ByteSizeText.format($0)) })
  }
}

extension SettingsCodec where Value == Duration {
  static func duration(_ range: ClosedRange<Duration>) -> SettingsCodec {
    let bounds = "\(DurationText.format(range.lowerBound)) to \(DurationText.format(range.upperBound))"
    return .scalar(
      "duration",
      parse: { scalar throws(SettingsFault) in
        let isZero = scalar.text == "0"
        guard let duration = isZero ? .zero : DurationText.parse(scalar.text) else {
          let hasNoUnit = Int(scalar.text) != nil
          throw SettingsFault(
            "\(scalar.quoted) \(hasNoUnit ? "has no unit" : "is not a duration")",
            mend: "write it like 100ms, 2s, 10m or 4h")
        }
        guard range.contains(duration) else {
          throw SettingsFault("\(scalar.text) is out of range", mend: "write \(bounds)")
        }
        return duration
      },
      encode: { .word(DurationText.format($0)) })
  }
}

extension SettingsCodec where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// One of the raw values.
  static var choice: SettingsCodec {
    let words = Value.allCases.map(\.rawValue)
    let list = words.joined(separator: ", ")
    return .scalar(
      words.map { "`\($0)`" }.joined(separator: ", "),
      parse: { scalar throws(SettingsFault) in
        guard let value = Value(rawValue: scalar.text) else {
          let near = Suggestion.nearest(to: scalar.text, among: words)
          throw SettingsFault(
            "\(scalar.quoted) is unknown",
            mend: near.map { "did you mean \($0)?" } ?? (words.count == 1 ? "write \(list)" : "write one of \(list)"))
        }
        return value
      },
      encode: { .word($0.rawValue) })
  }
}
