extension Span<UInt8> {
  /// True if the bytes of `range` are `name`, letters in any case. `name` is written in lower case.
  @inline(__always)
  func matches(_ range: Range<Int>, ignoringCase name: String) -> Bool {
    extracting(range).isEqualIgnoringCase(to: name)
  }

  /// True if the bytes of `range` are those of `text`.
  @inline(__always)
  func equals(_ range: Range<Int>, _ text: String) -> Bool {
    extracting(range).isEqual(to: text)
  }

  /// The place of the first byte from `start` on that a token cannot hold, or `end`.
  @inline(__always)
  func endOfToken(from start: Int, upTo end: Int) -> Int {
    let token = ByteSet.token
    var index = start
    while index < end {
      if !token.contains(self[index]) { break }
      index += 1
    }
    return index
  }

  /// The place of the first byte from `start` on that a field value cannot hold (RFC 9110 §5.5), or `end`.
  @inline(__always)
  func endOfFieldText(from start: Int, upTo end: Int) -> Int {
    var index = start
    while index < end {
      let byte = self[index]
      if !byte.isVisibleOrSpace && byte != 0x09 { break }
      index += 1
    }
    return index
  }

  /// `range` without the blanks around it.
  func trimmed(_ range: Range<Int>) -> Range<Int> {
    var start = range.lowerBound
    var end = range.upperBound
    while start < end, self[start].isFieldBlank { start += 1 }
    while end > start, self[end - 1].isFieldBlank { end -= 1 }
    return start..<end
  }

  /// The place of the first `byte` in `range`.
  func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
    var index = range.lowerBound
    while index < range.upperBound {
      if self[index] == byte { return index }
      index += 1
    }
    return nil
  }

  /// Takes the next member off a comma-separated list (RFC 9110 §5.6.1), blanks trimmed; empty members are skipped.
  func nextMember(of list: inout Range<Int>) -> Range<Int>? {
    while !list.isEmpty {
      let end = firstIndex(of: UInt8(ascii: ","), in: list) ?? list.upperBound
      let member = trimmed(list.lowerBound..<end)
      list = Swift.min(end + 1, list.upperBound)..<list.upperBound
      if !member.isEmpty { return member }
    }
    return nil
  }

  /// True if every byte of `range` is in `set` or part of a percent-encoded byte.
  func isEncoded(_ range: Range<Int>, in set: ByteSet) -> Bool {
    var index = range.lowerBound
    while index < range.upperBound {
      if set.contains(self[index]) {
        index += 1
      } else {
        guard self[index] == UInt8(ascii: "%"), range.upperBound - index > 2,
          self[index + 1].hexadecimalValue != nil, self[index + 2].hexadecimalValue != nil
        else { return false }
        index += 3
      }
    }
    return true
  }
}

extension UInt8 {
  @inline(__always) static var carriageReturn: UInt8 { 13 }
  @inline(__always) static var lineFeed: UInt8 { 10 }

  /// Space or tab.
  @inline(__always)
  var isFieldBlank: Bool { self == 0x20 || self == 0x09 }

  @inline(__always)
  var isDecimalDigit: Bool { self &- 0x30 < 10 }

  /// Everything that a field value may hold (RFC 9110 §5.5), a tab aside.
  @inline(__always)
  var isVisibleOrSpace: Bool { self >= 0x20 && self != 0x7F }

  /// The value of a hexadecimal digit.
  @inline(__always)
  var hexadecimalValue: UInt8? {
    if isDecimalDigit { return self - 0x30 }
    let letter = asciiLowercased
    return letter &- 0x61 < 6 ? letter - 0x61 + 10 : nil
  }
}
