/// The place of an event in a distributed trace: a W3C `traceparent` of version 00, 55 bytes,
/// `00-{trace id}-{parent id}-{flags}` in lower-case hexadecimal (W3C Trace Context §3.2).
package struct TraceParent: Sendable {
  package static let byteCount = 55

  private var text = InlineArray<55, UInt8>(repeating: 0)

  /// `nil` for anything else; ids of nothing but zeros are invalid.
  package init?(_ value: Span<UInt8>) {
    guard value.count == Self.byteCount, value[0] == UInt8(ascii: "0"), value[1] == UInt8(ascii: "0"),
      Self.isHyphen(value[2]), Self.isHyphen(value[35]), Self.isHyphen(value[52]), Self.isID(value.extracting(3..<35)),
      Self.isID(value.extracting(36..<52)), Self.isHexadecimal(value[53]), Self.isHexadecimal(value[54])
    else { return nil }
    for index in value.indices { text[index] = value[index] }
  }

  package func append(to bytes: inout [UInt8]) { bytes.append(text.span) }

  private static func isHyphen(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "-") }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
  }

  private static func isID(_ digits: Span<UInt8>) -> Bool {
    var isZero = true
    for index in digits.indices {
      guard isHexadecimal(digits[index]) else { return false }
      if digits[index] != UInt8(ascii: "0") { isZero = false }
    }
    return !isZero
  }
}
