extension [UInt8] {
  /// Appends `text` as a JSON string with its quotes. `text` is valid UTF-8.
  package mutating func appendJSONString(_ text: Span<UInt8>) {
    append(UInt8(ascii: "\""))
    appendJSONEscaped(text)
    append(UInt8(ascii: "\""))
  }

  /// Appends `text` as the content of a JSON string: runs that need no escaping are copied whole (RFC 8259 §7).
  package mutating func appendJSONEscaped(_ text: Span<UInt8>) {
    var start = 0
    while true {
      let end = text.plainEnd(from: start)
      append(text.extracting(start..<end))
      guard end < text.count else { return }
      appendEscape(of: text[end])
      start = end + 1
    }
  }

  private mutating func appendEscape(of byte: UInt8) {
    append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(byte)
    case 0x08: append(UInt8(ascii: "b"))
    case 0x09: append(UInt8(ascii: "t"))
    case 0x0A: append(UInt8(ascii: "n"))
    case 0x0C: append(UInt8(ascii: "f"))
    case 0x0D: append(UInt8(ascii: "r"))
    default:
      append("u00")
      append(hexDigit(byte >> 4))
      append(hexDigit(byte & 15))
    }
  }
}

extension Span<UInt8> {
  /// The end of the run from `start` in which no byte needs escaping in a JSON string.
  fileprivate func plainEnd(from start: Int) -> Int {
    var index = start
    // Sixteen at a time and without an early exit, so that the compiler uses the vector unit.
    while count - index >= 16 {
      let chunk = extracting(index..<index + 16)
      var marks: UInt8 = 0
      for offset in 0..<16 { marks |= chunk[offset].escapeMark }
      if marks != 0 { break }
      index += 16
    }
    while index < count, self[index].escapeMark == 0 { index += 1 }
    return index
  }
}

extension UInt8 {
  /// 1 for a control character, a quote or a backslash, else 0; without branches.
  @inline(__always)
  fileprivate var escapeMark: UInt8 {
    (self < 0x20 ? 1 : 0) | (self == UInt8(ascii: "\"") ? 1 : 0) | (self == UInt8(ascii: "\\") ? 1 : 0)
  }
}

/// The lower-case hexadecimal digit of 0–15.
func hexDigit(_ value: UInt8) -> UInt8 {
  value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
}
