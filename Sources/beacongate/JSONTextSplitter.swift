/// Cuts a stream into the JSON texts that are posted one by one; what a text says is for the gateway to judge.
///
/// When the first text ends on its first line the stream is NDJSON and every further line is a text. Otherwise a text
/// ends where its outermost bracket closes, so that indented objects and arrays may follow one another.
struct JSONTextSplitter {
  /// The longest text, in bytes.
  static let maxTextBytes = 16 << 20

  /// The stream holds a text that is too long.
  struct TextTooLong: Error {}

  private var text: [UInt8] = []
  private var isInString = false
  private var isEscaped = false
  private var depth = 0
  /// `nil` until the first text has ended.
  private var endsAtLines: Bool?
  private var hasBrokenLine = false

  /// The texts that end within `bytes`.
  mutating func append(_ bytes: [UInt8]) throws(TextTooLong) -> [[UInt8]] {
    var texts: [[UInt8]] = []
    for byte in bytes {
      guard byte != UInt8(ascii: "\n") else {
        if let text = lineEnded() { texts.append(text) }
        continue
      }
      text.append(byte)
      guard text.count <= Self.maxTextBytes else { throw TextTooLong() }
      track(byte)
    }
    return texts
  }

  /// What stands after the last line end; `nil` if that is blank.
  mutating func finish() -> [UInt8]? { take() }

  private mutating func lineEnded() -> [UInt8]? {
    if depth > 0 && endsAtLines != true {
      text.append(UInt8(ascii: "\n"))
      hasBrokenLine = true
      return nil
    }
    return take()
  }

  private mutating func take() -> [UInt8]? {
    defer {
      text = []
      (isInString, isEscaped, depth, hasBrokenLine) = (false, false, 0, false)
    }
    guard text.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D && $0 != 0x0A }) else { return nil }
    if endsAtLines == nil { endsAtLines = !hasBrokenLine }
    return text
  }

  private mutating func track(_ byte: UInt8) {
    if isInString {
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isInString = false
      }
      return
    }
    switch byte {
    case UInt8(ascii: "\""): isInString = true
    case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
    case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
    default: break
    }
  }
}
