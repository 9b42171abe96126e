extension [UInt8] {
  /// Appends `span` in one copy.
  @inlinable
  package mutating func append(_ span: Span<UInt8>) {
    // This file holds the only unsafe lines of Core: arrays take a bulk append from a pointer, not yet from a span.
    unsafe span.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }

  /// Appends the UTF-8 of a literal.
  @inlinable
  package mutating func append(_ literal: StaticString) {
    unsafe append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
  }

  /// Appends a copy of the bytes of `range` to their own end.
  package mutating func append(copyOf range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "the range lies in the bytes")
    let end = count
    append(contentsOf: repeatElement(0, count: range.count))
    unsafe withUnsafeMutableBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return }
      unsafe (base + end).update(from: base + range.lowerBound, count: range.count)
    }
  }

  /// Appends the lower four bytes of `value`, the lowest first.
  package mutating func append(littleEndian value: Int) {
    for shift in [0, 8, 16, 24] { append(UInt8(truncatingIfNeeded: value >> shift)) }
  }

  /// Appends `value` in decimal.
  @inlinable
  package mutating func append(decimal value: Int) {
    if value < 0 { append(UInt8(ascii: "-")) }
    var magnitude = value.magnitude
    let start = count
    repeat {
      append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude % 10))
      magnitude /= 10
    } while magnitude > 0
    self[start...].reverse()
  }
}
