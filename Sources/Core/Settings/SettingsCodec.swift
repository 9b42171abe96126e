/// Between a setting's written form and its type.
///
/// Decoding reports everything that is wrong and gives `nil` then; it is never called for a null.
struct SettingsCodec<Value: Sendable & Equatable>: Sendable {
  /// What the documentation calls the type.
  let typeName: String
  /// True for lists and maps of maps, which a variable writes as JSON.
  var isStructured = false
  /// True where a value must never be printed.
  var isSecret = false
  let decode: @Sendable (SettingsValue, _ key: String, inout [SettingsProblem]) -> Value?
  let encode: @Sendable (Value) -> SettingsText
}

/// Why a scalar is refused.
struct SettingsFault: Error, Equatable {
  let problem: String
  let mend: String

  init(_ problem: String, mend: String) {
    self.problem = problem
    self.mend = mend
  }
}

/// One scalar: its text and whether it was plain.
struct SettingsScalar: Sendable {
  let text: String
  let isPlain: Bool

  /// The text in quotes, for a problem's sentence.
  var quoted: String { PrintableText.quoted(text) }
}

extension SettingsCodec {
  /// A type written as one scalar. Of a secret, `parse` must not put the text into its fault.
  static func scalar(
    _ typeName: String, isSecret: Bool = false,
    parse: @escaping @Sendable (SettingsScalar) throws(SettingsFault) -> Value,
    encode: @escaping @Sendable (Value) -> SettingsText
  ) -> SettingsCodec {
    SettingsCodec(
      typeName: typeName, isSecret: isSecret,
      decode: { value, key, problems in
        guard case .scalar(let text, let isPlain) = value.content else {
          problems.append(
            SettingsProblem(value.origin, key, "a single value is expected, not \(value.kindName)", mend: typeName))
          return nil
        }
        do throws(SettingsFault) {
          return try parse(SettingsScalar(text: text, isPlain: isPlain))
        } catch {
          problems.append(SettingsProblem(value.origin, key, error.problem, mend: error.mend))
          return nil
        }
      },
      encode: encode)
  }

  /// The same type or nothing, which `word` writes.
  func optional(_ word: String) -> SettingsCodec<Value?> {
    SettingsCodec<Value?>(
      typeName: "\(typeName), or `\(word)`", isSecret: isSecret,
      decode: { value, key, problems in
        if value.isWord(word) { return .some(nil) }
        return decode(value, key, &problems).map { .some($0) }
      },
      encode: { $0.map(encode) ?? .word(word) })
  }

  /// A list of this type, at most `limit` long; also one comma-separated scalar, and `none` for an empty one.
  func list(_ typeName: String, limit: Int, isStructured: Bool = false) -> SettingsCodec<[Value]> {
    SettingsCodec<[Value]>(
      typeName: typeName, isStructured: isStructured, isSecret: isSecret,
      decode: { value, key, problems in
        guard let items = value.items else {
          problems.append(
            SettingsProblem(value.origin, key, "a list is expected, not \(value.kindName)", mend: "write \(typeName)"))
          return nil
        }
        guard items.count <= limit else {
          problems.append(
            SettingsProblem(value.origin, key, "\(items.count) entries are too many", mend: "at most \(limit)"))
          return nil
        }
        let before = problems.count
        var decoded: [Value] = []
        for (index, item) in items.enumerated() {
          let name = "\(key)[\(index)]"
          if item.isNull {
            problems.append(SettingsProblem(item.origin, name, "an entry is empty", mend: "write it or leave it out"))
          } else if let entry = decode(item, name, &problems) {
            decoded.append(entry)
          }
        }
        return problems.count == before ? decoded : nil
      },
      encode: { .list($0.map(encode)) })
  }
}

extension SettingsValue {
  /// The entries of a list; of a scalar its comma-separated parts, none for `none`; `nil` for a map.
  var items: [SettingsValue]? {
    switch content {
    case .null: return []
    case .list(let items): return items
    case .map: return nil
    case .scalar(let text, let isPlain):
      guard !(isPlain && isWord("none")) else { return [] }
      return text.split(separator: ",").map { part in
        SettingsValue(origin, .scalar(part.trimmingSpaces, isPlain: isPlain))
      }.filter { $0.content != .scalar("", isPlain: isPlain) }
    }
  }
}

extension Substring {
  /// Without spaces and tabs at both ends.
  var trimmingSpaces: String {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    let start = drop(while: isSpace)
    return String(start.reversed().drop(while: isSpace).reversed())
  }
}
