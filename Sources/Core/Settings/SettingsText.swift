/// A setting's value as `beacongate check` shows it: secrets are gone already.
package indirect enum SettingsText: Sendable, Equatable {
  case null
  /// A number, a word, a duration: written as it is.
  case word(String)
  /// Free text, quoted where YAML would read it as something else.
  case text(String)
  case secret
  case list([SettingsText])
  case map([(name: String, value: SettingsText)])

  package static func == (left: SettingsText, right: SettingsText) -> Bool {
    left.yaml == right.yaml
  }

  /// One value in YAML's flow style, on one line.
  package var yaml: String {
    switch self {
    case .null: "null"
    case .word(let word): word
    case .text(let text): Self.scalar(text)
    case .secret: "\"***\""
    case .list(let items): "[\(items.map(\.yaml).joined(separator: ", "))]"
    case .map(let members):
      "{\(members.map { "\(Self.scalar($0.name)): \($0.value.yaml)" }.joined(separator: ", "))}"
    }
  }

  /// `text` plain where that reads back as the same text, else in double quotes.
  static func scalar(_ text: String) -> String {
    let isPlain =
      !text.isEmpty && !text.hasPrefix("-") && !text.hasSuffix(":")
      && !["null", "~", "none", "auto", "system", "off"].contains(text.lowercased())
      && text.utf8.allSatisfy(isPlainByte)
    return isPlain ? text : quoted(text)
  }

  private static func isPlainByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    case UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: ":"): true
    case UInt8(ascii: "+"): true
    default: false
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case _ where PrintableText.isControl(scalar):
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
