/// Splits a field section (RFC 9112 §5) into its lines, wherever the bytes are cut: headers and trailers alike.
struct FieldParser: Sendable {
  enum Step {
    case needMore
    /// One line: `name` and `value` are set.
    case field
    /// The empty line; `position` is behind it.
    case end
    case refuse(Refusal)
  }

  private enum State: UInt8 { case lineStart, name, blanks, value, lineFeed, lastLineFeed }

  private var state = State.lineStart
  /// The next byte to be looked at.
  private(set) var position: Int
  private var nameStart = 0
  private var nameEnd = 0
  private var valueStart = 0
  private var valueEnd = 0

  init(at position: Int) {
    self.position = position
  }

  var name: Range<Int> { nameStart..<nameEnd }
  /// Without the blanks around it.
  var value: Range<Int> { valueStart..<valueEnd }

  /// Reads on to the end of a line, never beyond `end`. The states are passed in order, each where the last call left it.
  mutating func next(_ bytes: Span<UInt8>, upTo end: Int) -> Step {
    var index = position
    defer { position = index }
    if state == .lineStart {
      if index >= end { return .needMore }
      let byte = bytes[index]
      if byte == .carriageReturn {
        index += 1
        state = .lastLineFeed
      } else {
        guard ByteSet.token.contains(byte) else { return .refuse(Self.fault(atLineStart: byte)) }
        nameStart = index
        state = .name
      }
    }
    if state == .name {
      index = bytes.endOfToken(from: index, upTo: end)
      if index >= end { return .needMore }
      guard bytes[index] == UInt8(ascii: ":") else { return .refuse(.fieldName) }
      nameEnd = index
      index += 1
      state = .blanks
    }
    if state == .blanks {
      while index < end, bytes[index].isFieldBlank { index += 1 }
      if index >= end { return .needMore }
      valueStart = index
      state = .value
    }
    if state == .value {
      index = bytes.endOfFieldText(from: index, upTo: end)
      if index >= end { return .needMore }
      guard bytes[index] == .carriageReturn else {
        return .refuse(bytes[index] == .lineFeed ? .lineEnding : .fieldValue)
      }
      valueEnd = index
      while valueEnd > valueStart, bytes[valueEnd - 1].isFieldBlank { valueEnd -= 1 }
      index += 1
      state = .lineFeed
    }
    if index >= end { return .needMore }
    guard bytes[index] == .lineFeed else { return .refuse(.lineEnding) }
    index += 1
    let isLast = state == .lastLineFeed
    state = .lineStart
    return isLast ? .end : .field
  }

  private static func fault(atLineStart byte: UInt8) -> Refusal {
    if byte == .lineFeed { return .lineEnding }
    return byte.isFieldBlank ? .foldedField : .fieldName
  }
}
