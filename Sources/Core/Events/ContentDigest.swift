/// A SHA-256 (FIPS 180-4), inline: of what a client sent, or of a name that is made of several parts.
package struct ContentDigest: Sendable, Equatable {
  package static let byteCount = 32

  /// Big-endian.
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// `nil` unless there are 32 bytes.
  package init?(_ bytes: Span<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    words = (Self.word(0, bytes), Self.word(8, bytes), Self.word(16, bytes), Self.word(24, bytes))
  }

  /// `nil` unless `text` is 64 hexadecimal digits.
  package init?(hex text: String) {
    var bytes: [UInt8] = []
    var high: UInt8?
    for digit in text.utf8 {
      guard let value = digit.hexValue, bytes.count < Self.byteCount else { return nil }
      if let first = high { bytes.append(first << 4 | value) }
      high = high == nil ? value : nil
    }
    guard high == nil else { return nil }
    self.init(bytes.span)
  }

  package func append(to bytes: inout [UInt8]) {
    Self.append(words.0, to: &bytes)
    Self.append(words.1, to: &bytes)
    Self.append(words.2, to: &bytes)
    Self.append(words.3, to: &bytes)
  }

  private static func append(_ word: UInt64, to bytes: inout [UInt8]) {
    for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(56 - place * 8))) }
  }

  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.byteCount)
    append(to: &bytes)
    return bytes
  }

  /// As the header `x-digest` shows it.
  package var hex: String {
    var text: [UInt8] = []
    appendHex(to: &text)
    return String(text: text.span)
  }

  package func appendHex(to text: inout [UInt8]) {
    for byte in bytes {
      text.append(hexDigit(byte >> 4))
      text.append(hexDigit(byte & 15))
    }
  }

  @inline(__always)
  private static func word(_ start: Int, _ bytes: Span<UInt8>) -> UInt64 {
    var word: UInt64 = 0
    for index in start..<start + 8 { word = word << 8 | UInt64(bytes[index]) }
    return word
  }

  /// Takes the same time whether, and wherever, the two differ.
  package func isEqualInConstantTime(to other: Self) -> Bool {
    let difference =
      (words.0 ^ other.words.0) | (words.1 ^ other.words.1) | (words.2 ^ other.words.2) | (words.3 ^ other.words.3)
    return difference == 0
  }

  package static func == (left: Self, right: Self) -> Bool { left.words == right.words }
}

extension ContentDigest: Hashable {
  /// A part of it spreads as well as all of it.
  package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }

  /// One of `count` drawers, by a part that the hash does not use.
  package func drawer(of count: Int) -> Int { Int(truncatingIfNeeded: words.3 % UInt64(count)) }
}

extension UInt8 {
  fileprivate var hexValue: UInt8? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
