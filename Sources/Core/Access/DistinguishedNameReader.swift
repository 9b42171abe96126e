/// Takes the text of a distinguished name apart (RFC 4514 §3).
struct DistinguishedNameReader {
  struct Attribute {
    enum Value {
      case text([UInt8])
      /// The hexadecimal digits of a value of no known type, in upper case.
      case encoded(String)
    }

    /// In upper case.
    let type: String
    let value: Value
  }

  /// What a value holds only behind a backslash.
  static let special = Array(#",+"\<>;"#.utf8)

  private let text: [UInt8]
  private var index = 0

  init(_ text: [UInt8]) { self.text = text }

  /// Every part, with its attributes; `nil` if there is none, or anything else.
  mutating func readAll() -> [[Attribute]]? {
    var parts: [[Attribute]] = [[]]
    while true {
      guard let attribute = readAttribute() else { return nil }
      parts[parts.count - 1].append(attribute)
      guard index < text.count else { return parts }
      if text[index] == UInt8(ascii: ",") { parts.append([]) }
      index += 1
    }
  }

  /// Up to the separator behind it.
  private mutating func readAttribute() -> Attribute? {
    skipBlanks()
    let start = index
    while index < text.count, Self.isOfType(text[index]) { index += 1 }
    let type = text[start..<index]
    skipBlanks()
    guard !type.isEmpty, index < text.count, text[index] == UInt8(ascii: "=") else { return nil }
    index += 1
    skipBlanks()
    let isEncoded = index < text.count && text[index] == UInt8(ascii: "#")
    guard let value = isEncoded ? readEncoded() : readText() else { return nil }
    skipBlanks()
    guard index == text.count || text[index] == UInt8(ascii: ",") || text[index] == UInt8(ascii: "+") else {
      return nil
    }
    return Attribute(type: String(decoding: type, as: UTF8.self).uppercased(), value: value)
  }

  private mutating func readEncoded() -> Attribute.Value? {
    index += 1
    let start = index
    while index < text.count, text[index].hexadecimalValue != nil { index += 1 }
    let digits = text[start..<index]
    guard !digits.isEmpty, digits.count.isMultiple(of: 2) else { return nil }
    return .encoded(String(decoding: digits, as: UTF8.self).uppercased())
  }

  /// Blanks before the separator are none of the value's, unless they are escaped.
  private mutating func readText() -> Attribute.Value? {
    var value: [UInt8] = []
    var end = 0
    while index < text.count, text[index] != UInt8(ascii: ","), text[index] != UInt8(ascii: "+") {
      let byte = text[index]
      index += 1
      if byte == UInt8(ascii: "\\") {
        guard let escaped = readEscaped() else { return nil }
        value.append(escaped)
        end = value.count
      } else {
        guard !Self.special.contains(byte), byte != 0 else { return nil }
        value.append(byte)
        if byte != UInt8(ascii: " ") { end = value.count }
      }
    }
    return .text(Array(value[..<end]))
  }

  /// What stands behind a backslash: two hexadecimal digits, or the byte itself.
  private mutating func readEscaped() -> UInt8? {
    guard index < text.count else { return nil }
    let byte = text[index]
    index += 1
    if let high = byte.hexadecimalValue {
      guard index < text.count, let low = text[index].hexadecimalValue else { return nil }
      index += 1
      return high << 4 | low
    }
    return Self.special.contains(byte) || " #=".utf8.contains(byte) ? byte : nil
  }

  private static func isOfType(_ byte: UInt8) -> Bool {
    SettingsTextRule.isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
  }

  private mutating func skipBlanks() {
    while index < text.count, text[index] == UInt8(ascii: " ") { index += 1 }
  }
}
