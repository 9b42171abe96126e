/// Reads a request line (RFC 9112 §3) byte by byte, wherever the bytes are cut.
struct RequestLineParser: Sendable {
  enum Step { case needMore, complete, refuse(Refusal) }

  private enum State: UInt8 { case blankLines, blankLineFeed, method, target, version, lineFeed, complete }

  private var state = State.blankLines
  private var blankLines = 0
  /// Where the part that is being read begins.
  private var mark = 0
  /// The next byte to be looked at; after `complete`, where the field section begins.
  private(set) var position = 0
  /// Where the method begins: after the empty lines before it.
  private(set) var start = 0
  private(set) var method = 0..<0
  private(set) var target = 0..<0
  private var majorVersion: UInt8 = 0
  private(set) var minorVersion: UInt8 = 0

  var isComplete: Bool { state == .complete }
  /// False while nothing but empty lines has come.
  var hasBegun: Bool { state != .blankLines && state != .blankLineFeed }

  mutating func advance(_ bytes: Span<UInt8>, limits: HTTPLimits) -> Step {
    while true {
      let step: Step? =
        switch state {
        case .blankLines, .blankLineFeed: skipBlankLines(bytes)
        case .method: readMethod(bytes)
        case .target: readTarget(bytes, limit: limits.maxTargetBytes)
        case .version: readVersion(bytes)
        case .lineFeed: readLineFeed(bytes)
        case .complete: .complete
        }
      if let step { return step }
    }
  }

  private mutating func enter(_ next: State, at place: Int) -> Step? {
    state = next
    mark = place
    position = place
    return nil
  }

  private mutating func skipBlankLines(_ bytes: Span<UInt8>) -> Step? {
    while position < bytes.count {
      let byte = bytes[position]
      if state == .blankLineFeed {
        if byte != .lineFeed { return .refuse(.lineEnding) }
        state = .blankLines
      } else if byte == .carriageReturn {
        blankLines += 1
        if blankLines > HTTPLimits.maxBlankLines { return .refuse(.requestLine) }
        state = .blankLineFeed
      } else {
        start = position
        return enter(.method, at: position)
      }
      position += 1
    }
    return .needMore
  }

  private mutating func readMethod(_ bytes: Span<UInt8>) -> Step? {
    var index = position
    while index < bytes.count, ByteSet.token.contains(bytes[index]) {
      index += 1
      if index - mark > HTTPLimits.maxMethodBytes { return .refuse(.method) }
    }
    position = index
    if index == bytes.count { return .needMore }
    guard bytes[index] == 0x20, index > mark else { return .refuse(.requestLine) }
    method = mark..<index
    return enter(.target, at: index + 1)
  }

  private mutating func readTarget(_ bytes: Span<UInt8>, limit: Int) -> Step? {
    var index = position
    while index < bytes.count, bytes[index] &- 0x21 < 0x5E {
      index += 1
      if index - mark > limit { return .refuse(.targetTooLong) }
    }
    position = index
    if index == bytes.count { return .needMore }
    guard bytes[index] == 0x20, index > mark else { return .refuse(.requestLine) }
    target = mark..<index
    return enter(.version, at: index + 1)
  }

  /// `HTTP/` digit `.` digit CR; the name is case-sensitive (RFC 9112 §2.3).
  private mutating func readVersion(_ bytes: Span<UInt8>) -> Step? {
    let name = "HTTP/".utf8.span
    while position < bytes.count {
      let byte = bytes[position]
      let offset = position - mark
      let fits =
        switch offset {
        case 0..<5: byte == name[offset]
        case 5, 7: byte.isDecimalDigit
        case 6: byte == UInt8(ascii: ".")
        default: byte == .carriageReturn
        }
      guard fits else { return .refuse(.requestLine) }
      if offset == 5 { majorVersion = byte - 0x30 }
      if offset == 7 { minorVersion = min(byte - 0x30, 1) }
      position += 1
      if offset == 8 { return enter(.lineFeed, at: position) }
    }
    return .needMore
  }

  private mutating func readLineFeed(_ bytes: Span<UInt8>) -> Step? {
    if position == bytes.count { return .needMore }
    if bytes[position] != .lineFeed { return .refuse(.lineEnding) }
    if majorVersion != 1 { return .refuse(.version) }
    return enter(.complete, at: position + 1)
  }
}
