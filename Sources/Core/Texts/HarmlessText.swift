/// Text of clients and sinks made harmless: nothing in it acts on a terminal, breaks a line or turns the reading order.
///
/// Escaped are C0, DEL, C1, the bidirectional controls (U+061C, U+200E, U+200F, U+202A…202E, U+2066…2069) and the line
/// separators U+2028 and U+2029; everything else is copied. The text is valid UTF-8; no allocation but the target's.
extension [UInt8] {
  /// Appends `text` for people: `\n`, `\t`, `\r`, `\x1b`, `\u{202e}`. A backslash of the text stays as it is.
  package mutating func append(printable text: Span<UInt8>) {
    append(text, of: .printable)
  }

  /// Appends `text` as the inside of a JSON string: RFC 8259 §7, with the rest of the set as `\u00XX`.
  package mutating func append(json text: Span<UInt8>) {
    append(text, of: .json)
  }

  /// Appends a stretch of JSON whose texts are escaped as JSON asks: what else would act on a terminal becomes what
  /// ``append(json:)`` would have written.
  package mutating func append(harmlessIn json: Span<UInt8>) {
    append(json, of: .encodedJSON)
  }

  @inline(__always)
  private mutating func append(_ text: Span<UInt8>, of syntax: TextSyntax) {
    var copied = 0
    var index = text.suspect(from: 0, syntax)
    while index < text.count {
      if let (scalar, length) = text.harmful(at: index, syntax) {
        append(text.extracting(copied..<index))
        appendEscape(of: scalar, syntax)
        copied = index + length
        index = text.suspect(from: copied, syntax)
      } else {
        index = text.suspect(from: index + 1, syntax)
      }
    }
    append(text.extracting(copied..<index))
  }

  private mutating func appendEscape(of scalar: UInt16, _ syntax: TextSyntax) {
    append(UInt8(ascii: "\\"))
    switch (scalar, syntax) {
    case (0x0A, _): append(UInt8(ascii: "n"))
    case (0x0D, _): append(UInt8(ascii: "r"))
    case (0x09, _): append(UInt8(ascii: "t"))
    case (0x08, .json): append(UInt8(ascii: "b"))
    case (0x0C, .json): append(UInt8(ascii: "f"))
    case (0x22, .json), (0x5C, .json): append(UInt8(truncatingIfNeeded: scalar))
    case (_, .json), (_, .encodedJSON):
      append(UInt8(ascii: "u"))
      append(hexadecimal: scalar, digits: 4)
    case (..<0x100, .printable):
      append(UInt8(ascii: "x"))
      append(hexadecimal: scalar, digits: 2)
    case (_, .printable):
      append("u{")
      append(hexadecimal: scalar, digits: 4)
      append(UInt8(ascii: "}"))
    }
  }

  private mutating func append(hexadecimal value: UInt16, digits: Int) {
    for digit in (0..<digits).reversed() {
      append(hexDigit(UInt8(truncatingIfNeeded: value >> (4 * UInt16(digit))) & 0xF))
    }
  }
}

/// What a text is written into.
private enum TextSyntax {
  case printable
  case json
  /// JSON that is written already.
  case encodedJSON
}

extension Span<UInt8> {
  /// The first byte from `start` that may begin something to be escaped; `count` if there is none.
  @inline(__always)
  fileprivate func suspect(from start: Int, _ syntax: TextSyntax) -> Int {
    var index = start
    while count - index >= 8, word(at: index).isHarmless(syntax) { index += 8 }
    // The last word may overlap what has been looked at.
    if count >= 8, count - index < 8, word(at: count - 8).isHarmless(syntax) { return count }
    while index < count, self[index].isHarmless(syntax) { index += 1 }
    return index
  }

  /// Eight bytes in one word; the compiler makes one load of it.
  @inline(__always)
  private func word(at index: Int) -> UInt64 {
    let bytes = extracting(index..<index + 8)
    let low = UInt64(bytes[0]) | UInt64(bytes[1]) << 8 | UInt64(bytes[2]) << 16 | UInt64(bytes[3]) << 24
    let high = UInt64(bytes[4]) << 32 | UInt64(bytes[5]) << 40 | UInt64(bytes[6]) << 48 | UInt64(bytes[7]) << 56
    return low | high
  }

  /// The scalar to be escaped that begins at `index`, and its length in bytes.
  fileprivate func harmful(at index: Int, _ syntax: TextSyntax) -> (scalar: UInt16, length: Int)? {
    let byte = self[index]
    switch byte {
    case ..<0x20, 0x7F:
      return (UInt16(byte), 1)
    case 0x22 where syntax == .json, 0x5C where syntax == .json:
      return (UInt16(byte), 1)
    case 0xC2 where index + 1 < count && self[index + 1] < 0xA0:
      return (UInt16(self[index + 1]), 2)
    case 0xD8 where index + 1 < count && self[index + 1] == 0x9C:
      return (0x061C, 2)
    case 0xE2 where index + 2 < count:
      let scalar = 0x2000 | UInt16(self[index + 1] & 0x3F) << 6 | UInt16(self[index + 2] & 0x3F)
      return switch scalar {
      case 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: (scalar, 3)
      default: nil
      }
    default:
      return nil
    }
  }
}

extension UInt64 {
  /// True if none of its eight bytes is a control, leads a scalar of the set, or is JSON's own.
  ///
  /// Each test works on the seven low bits of every byte at once, without a carry into the next, and leaves its answer
  /// in the eighth (Henry S. Warren, "Hacker's Delight", §6-1).
  @inline(__always)
  fileprivate func isHarmless(_ syntax: TextSyntax) -> Bool {
    let tops = UInt64(repeating: 0x80)
    let lows = self & ~tops
    var acting = ~(lows &+ UInt64(repeating: 0x60)) | (lows &+ UInt64(repeating: 0x01))
    if syntax == .json { acting |= lows.bytes(equalTo: 0x22) | lows.bytes(equalTo: 0x5C) }
    acting &= ~self
    if self & tops != 0 {
      acting |= (lows.bytes(equalTo: 0x42) | lows.bytes(equalTo: 0x58) | lows.bytes(equalTo: 0x62)) & self
    }
    return acting & tops == 0
  }

  /// The eighth bit of each byte that is `value`, where no byte has it yet; the other bits mean nothing.
  @inline(__always)
  private func bytes(equalTo value: UInt8) -> UInt64 {
    ~((self ^ UInt64(repeating: value)) &+ UInt64(repeating: 0x7F))
  }

  @inline(__always)
  private init(repeating byte: UInt8) {
    self = UInt64(byte) &* 0x0101_0101_0101_0101
  }
}

extension UInt8 {
  /// The same of one byte.
  @inline(__always)
  fileprivate func isHarmless(_ syntax: TextSyntax) -> Bool {
    switch self {
    case ..<0x20, 0x7F, 0xC2, 0xD8, 0xE2: false
    case 0x22, 0x5C: syntax != .json
    default: true
    }
  }
}
