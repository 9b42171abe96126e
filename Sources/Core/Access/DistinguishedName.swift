/// A distinguished name as RFC 4514 writes it, the most specific part first: `CN=web-1,O=Example`.
///
/// Two spellings of one name are equal: blanks around `,` `+` `=`, the case of attribute types, the way a character is
/// escaped and the order within a part of several (`CN=a+OU=b`) make no difference. Values are compared byte by byte.
package struct DistinguishedName: Sendable, Hashable, CustomStringConvertible {
  /// Longer texts are no names that we know.
  package static let maxBytes = 1024

  /// The one spelling that all others come to.
  package let description: String

  /// `nil` if `text` is no such name, or names nobody.
  package init?(_ text: String) {
    guard text.utf8.count <= Self.maxBytes else { return nil }
    var reader = DistinguishedNameReader(Array(text.utf8))
    guard let parts = reader.readAll() else { return nil }
    description = parts.map { part in
      part.map(Self.written).sorted().joined(separator: "+")
    }.joined(separator: ",")
  }

  private static func written(_ attribute: DistinguishedNameReader.Attribute) -> String {
    switch attribute.value {
    case .encoded(let digits): "\(attribute.type)=#\(digits)"
    case .text(let bytes): "\(attribute.type)=\(escaped(bytes))"
    }
  }

  /// As little as RFC 4514 §2.4 asks for, and what is no text.
  private static func escaped(_ bytes: [UInt8]) -> String {
    let isText = String(validating: bytes, as: UTF8.self) != nil
    var text: [UInt8] = []
    for (index, byte) in bytes.enumerated() {
      let isEdge = index == 0 || index == bytes.count - 1
      switch byte {
      case UInt8(ascii: "#") where index == 0, UInt8(ascii: " ") where isEdge: text += [UInt8(ascii: "\\"), byte]
      case _ where DistinguishedNameReader.special.contains(byte): text += [UInt8(ascii: "\\"), byte]
      case 0..<0x20, 0x7F,
        0x80... where byte < 0x80 || !isText:
        text.append(UInt8(ascii: "\\"))
        text += [byte >> 4, byte & 15].map { $0 < 10 ? 0x30 + $0 : 0x41 - 10 + $0 }
      default: text.append(byte)
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
