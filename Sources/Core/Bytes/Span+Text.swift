/// UTF-8 text as bytes: lengths are counted in Unicode scalars, as Python's `len` does.
extension Span<UInt8> {
  /// The number of scalars: every byte that does not continue one.
  package var scalarCount: Int {
    var scalars = 0
    for index in indices where self[index] & 0xC0 != 0x80 { scalars += 1 }
    return scalars
  }

  /// The length in bytes of the first `scalars` scalars, `count` if there are no more; never inside a scalar.
  package func prefixLength(scalars: Int) -> Int {
    guard count > scalars else { return count }
    var left = scalars
    for index in indices where self[index] & 0xC0 != 0x80 {
      if left == 0 { return index }
      left -= 1
    }
    return count
  }

  /// True if both hold the same bytes.
  package func isEqual(to other: Span<UInt8>) -> Bool {
    guard count == other.count else { return false }
    for index in indices where self[index] != other[index] { return false }
    return true
  }

  /// True if these are the bytes of `text`.
  @inline(__always)
  package func isEqual(to text: String) -> Bool { isEqual(to: text.utf8.span) }

  /// True if these are the bytes of `text`, which is in lower case, with ASCII letters in any case.
  package func isEqualIgnoringCase(to text: String) -> Bool {
    let other = text.utf8.span
    guard count == other.count else { return false }
    for index in indices where self[index].asciiLowercased != other[index] { return false }
    return true
  }
}

extension UInt8 {
  /// An upper-case ASCII letter's lower-case one, any other byte itself.
  package var asciiLowercased: UInt8 {
    self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") ? self | 0x20 : self
  }

  /// The value of an ASCII digit.
  package var asciiDigit: Int? {
    self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") ? Int(self - UInt8(ascii: "0")) : nil
  }
}
