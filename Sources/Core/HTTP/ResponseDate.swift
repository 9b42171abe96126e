/// The value of a Date field (RFC 9110 §6.6.1), `Sun, 06 Nov 1994 08:49:37 GMT`: made once a second, not per answer.
package struct ResponseDate: Sendable {
  /// The time that the text shows.
  package let unixSeconds: Int64
  private var text = InlineArray<29, UInt8>(repeating: 0x20)

  /// Times outside the years 1970 to 9999 are shown as the nearer end.
  package init(unixSeconds: Int64) {
    self.unixSeconds = unixSeconds
    let valid = Timestamp.validMilliseconds
    let seconds = Int(min(max(unixSeconds, valid.lowerBound / 1000), valid.upperBound / 1000))
    let days = seconds / 86400
    let time = seconds % 86400
    let date = Timestamp.date(days: days)
    // 1970-01-01 was a Thursday.
    put(Self.name(at: (days + 4) % 7, of: "SunMonTueWedThuFriSat"), at: 0)
    text[3] = UInt8(ascii: ",")
    put(date.day, at: 5)
    put(Self.name(at: date.month - 1, of: "JanFebMarAprMayJunJulAugSepOctNovDec"), at: 8)
    put(date.year / 100, at: 12)
    put(date.year % 100, at: 14)
    put(time / 3600, at: 17)
    text[19] = UInt8(ascii: ":")
    put(time / 60 % 60, at: 20)
    text[22] = UInt8(ascii: ":")
    put(time % 60, at: 23)
    put([UInt8(ascii: "G"), UInt8(ascii: "M"), UInt8(ascii: "T")], at: 26)
  }

  /// Appends the 29 bytes.
  package func append(to bytes: inout [UInt8]) {
    bytes.append(text.span)
  }

  private static func name(at index: Int, of names: String) -> InlineArray<3, UInt8> {
    let names = names.utf8.span
    return [names[index * 3], names[index * 3 + 1], names[index * 3 + 2]]
  }

  private mutating func put(_ name: InlineArray<3, UInt8>, at index: Int) {
    for offset in 0..<3 { text[index + offset] = name[offset] }
  }

  private mutating func put(_ value: Int, at index: Int) {
    text[index] = 0x30 + UInt8(truncatingIfNeeded: value / 10)
    text[index + 1] = 0x30 + UInt8(truncatingIfNeeded: value % 10)
  }
}
