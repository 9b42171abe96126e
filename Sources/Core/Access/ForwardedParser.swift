/// Takes a value of the field `Forwarded` apart (RFC 7239 §4), one element after the other. Blanks around commas and
/// semicolons are let pass, and so is a node that lacks its quotes.
struct ForwardedParser: Sendable {
  enum Step: Equatable {
    /// An element; `nil` if it names no address.
    case element(IPAddress?)
    /// What follows cannot be read.
    case malformed
    case end
  }

  private var index: Int
  private let end: Int

  /// Reads the bytes of `value`.
  init(_ value: Range<Int>) {
    index = value.lowerBound
    end = value.upperBound
  }

  /// The next step; after `malformed` and `end` there is none. Empty elements are skipped.
  mutating func next(_ bytes: Span<UInt8>) -> Step {
    var node: IPAddress??
    var isEmpty = true
    while true {
      skipBlanks(bytes)
      guard index < end else { return isEmpty ? .end : .element(node ?? nil) }
      switch bytes[index] {
      case UInt8(ascii: ","):
        index += 1
        if !isEmpty { return .element(node ?? nil) }
      case UInt8(ascii: ";"): index += 1
      default:
        guard let pair = takePair(bytes), !pair.isFor || node == nil else { return .malformed }
        isEmpty = false
        if pair.isFor { node = .some(ForwardedNode.address(pair.value.span)) }
      }
    }
  }

  /// `nil` if there is none, or if something else than a separator follows it.
  private mutating func takePair(_ bytes: Span<UInt8>) -> (isFor: Bool, value: [UInt8])? {
    let name = index..<bytes.endOfToken(from: index, upTo: end)
    guard !name.isEmpty, name.upperBound < end, bytes[name.upperBound] == UInt8(ascii: "=") else { return nil }
    index = name.upperBound + 1
    let isQuoted = index < end && bytes[index] == UInt8(ascii: "\"")
    guard let value = isQuoted ? takeQuoted(bytes) : takeBare(bytes) else { return nil }
    skipBlanks(bytes)
    guard index == end || Self.isSeparator(bytes[index]) else { return nil }
    return (bytes.matches(name, ignoringCase: "for"), value)
  }

  /// A quoted string (RFC 9110 §5.6.4); `nil` if it does not end. Of a longer one than a node may be only enough is kept
  /// to show it.
  private mutating func takeQuoted(_ bytes: Span<UInt8>) -> [UInt8]? {
    var text: [UInt8] = []
    index += 1
    while index < end {
      if bytes[index] == UInt8(ascii: "\"") {
        index += 1
        return text
      }
      if bytes[index] == UInt8(ascii: "\\") { index += 1 }
      guard index < end else { return nil }
      if text.count <= ForwardedNode.maxBytes { text.append(bytes[index]) }
      index += 1
    }
    return nil
  }

  private mutating func takeBare(_ bytes: Span<UInt8>) -> [UInt8]? {
    let start = index
    while index < end, !Self.isSeparator(bytes[index]), !bytes[index].isFieldBlank {
      if bytes[index] == UInt8(ascii: "\"") { return nil }
      index += 1
    }
    return (start..<min(index, start + ForwardedNode.maxBytes + 1)).map { bytes[$0] }
  }

  private static func isSeparator(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") }

  private mutating func skipBlanks(_ bytes: Span<UInt8>) {
    while index < end, bytes[index].isFieldBlank { index += 1 }
  }
}
