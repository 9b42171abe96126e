extension Timestamp {
  /// Appends `2025-01-15T02:30:00.000Z` (RFC 3339, UTC). Times outside the valid years are clamped to them.
  package static func appendUTC(_ milliseconds: Int64, to bytes: inout [UInt8]) {
    let clamped = Int(min(max(milliseconds, validMilliseconds.lowerBound), validMilliseconds.upperBound))
    var text = InlineArray<24, UInt8>(repeating: UInt8(ascii: "0"))
    put(seconds: clamped / 1000, separator: UInt8(ascii: "T"), to: &text)
    text[19] = UInt8(ascii: ".")
    put(clamped % 1000, digits: 3, at: 20, to: &text)
    text[23] = UInt8(ascii: "Z")
    bytes.append(text.span)
  }

  /// Appends `2025-01-15 10:30:00`: local time at `offset` seconds east of UTC. Clamped like ``appendUTC(_:to:)``.
  package static func appendLocal(_ milliseconds: Int64, offset: Int, to bytes: inout [UInt8]) {
    let shifted = milliseconds + Int64(offset) * 1000
    let clamped = Int(min(max(shifted, validMilliseconds.lowerBound), validMilliseconds.upperBound))
    var text = InlineArray<24, UInt8>(repeating: UInt8(ascii: "0"))
    put(seconds: clamped / 1000, separator: UInt8(ascii: " "), to: &text)
    bytes.append(text.span.extracting(0..<19))
  }

  private static func put(seconds: Int, separator: UInt8, to text: inout InlineArray<24, UInt8>) {
    let (year, month, day) = date(days: seconds / 86400)
    let time = seconds % 86400
    put(year, digits: 4, at: 0, to: &text)
    text[4] = UInt8(ascii: "-")
    put(month, digits: 2, at: 5, to: &text)
    text[7] = UInt8(ascii: "-")
    put(day, digits: 2, at: 8, to: &text)
    text[10] = separator
    put(time / 3600, digits: 2, at: 11, to: &text)
    text[13] = UInt8(ascii: ":")
    put(time / 60 % 60, digits: 2, at: 14, to: &text)
    text[16] = UInt8(ascii: ":")
    put(time % 60, digits: 2, at: 17, to: &text)
  }

  private static func put(_ value: Int, digits: Int, at start: Int, to text: inout InlineArray<24, UInt8>) {
    var left = value
    var index = start + digits - 1
    while index >= start {
      text[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: left % 10)
      left /= 10
      index -= 1
    }
  }
}
