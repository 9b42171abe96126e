/// What a proxy says of a connection before anything else: the PROXY protocol, versions 1 and 2 (HAProxy's proxy-protocol.txt).
package enum ProxyHeader: Sendable, Equatable {
  /// Nothing yet: so far it could be one.
  case needMore
  /// It takes `length` bytes. `source` is the client; `nil` where the proxy speaks for itself, or does not say for whom.
  case complete(length: Int, source: IPAddress?)
  /// No header: whoever speaks like this is not to be listened to.
  case invalid

  /// A line of version 1 with its CR LF (section 2.1).
  static let maxLineBytes = 107
  /// A header of version 2 with its addresses and everything behind them (section 2.2 leaves 65551).
  package static let maxBytes = 4096

  private static let lineStart = Array("PROXY ".utf8)
  private static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]

  /// Reads the header that `bytes` begin with. A prefix gives `needMore` or what the whole gives.
  package static func read(_ bytes: Span<UInt8>) -> ProxyHeader {
    guard !bytes.isEmpty else { return .needMore }
    return bytes[0] == signature[0] ? binary(bytes) : line(bytes)
  }

  /// `nil` if `bytes` begin with `start`, or are too short to tell.
  private static func differs(_ bytes: Span<UInt8>, from start: [UInt8]) -> Bool {
    for index in 0..<min(bytes.count, start.count) where bytes[index] != start[index] { return true }
    return false
  }
}

// MARK: Version 1

extension ProxyHeader {
  private static func line(_ bytes: Span<UInt8>) -> ProxyHeader {
    if differs(bytes, from: lineStart) { return .invalid }
    let limit = min(bytes.count, maxLineBytes)
    guard let end = bytes.firstIndex(of: .carriageReturn, in: 0..<limit) else {
      return bytes.count >= maxLineBytes ? .invalid : .needMore
    }
    guard end + 1 < maxLineBytes else { return .invalid }
    guard end + 1 < bytes.count else { return .needMore }
    guard bytes[end + 1] == .lineFeed, end >= lineStart.count else { return .invalid }
    let text = String(decoding: (lineStart.count..<end).map { bytes[$0] }, as: UTF8.self)
    guard let source = source(text.split(separator: " ", omittingEmptySubsequences: false)) else { return .invalid }
    return .complete(length: end + 2, source: source)
  }

  /// `.some(nil)`: well-formed, but it names nobody.
  private static func source(_ words: [Substring]) -> IPAddress?? {
    if words.first == "UNKNOWN" { return .some(nil) }
    guard words.count == 5, isPort(words[3]), isPort(words[4]), let source = IPAddress(words[1]),
      IPAddress(words[2]) != nil
    else { return nil }
    switch words[0] {
    case "TCP4": return !words[1].contains(":") && !words[2].contains(":") ? .some(source) : nil
    case "TCP6": return words[1].contains(":") && words[2].contains(":") ? .some(source) : nil
    default: return nil
    }
  }

  private static func isPort(_ word: Substring) -> Bool {
    guard let port = UInt16(word) else { return false }
    return String(port) == word
  }
}

// MARK: Version 2

extension ProxyHeader {
  private static func binary(_ bytes: Span<UInt8>) -> ProxyHeader {
    if differs(bytes, from: signature) { return .invalid }
    // What is wrong is told at the byte that makes it so, however the bytes are cut.
    if bytes.count > 12 { guard bytes[12] == 0x20 || bytes[12] == 0x21 else { return .invalid } }
    if bytes.count > 13 { guard addressBytes(bytes[13]) != nil else { return .invalid } }
    guard bytes.count >= 16 else { return .needMore }
    let isLocal = bytes[12] == 0x20
    let length = 16 + (Int(bytes[14]) << 8 | Int(bytes[15]))
    guard length <= maxBytes, isLocal || length - 16 >= addressBytes(bytes[13]) ?? 0 else { return .invalid }
    guard bytes.count >= length else { return .needMore }
    guard !isLocal else { return .complete(length: length, source: nil) }
    switch bytes[13] >> 4 {
    case 1: return .complete(length: length, source: IPAddress(v4: UInt32(word(bytes, at: 16, count: 4))))
    case 2:
      let source = IPAddress(high: word(bytes, at: 16, count: 8), low: word(bytes, at: 24, count: 8))
      return .complete(length: length, source: source)
    default: return .complete(length: length, source: nil)
    }
  }

  /// How many bytes the addresses of a family and transport take; `nil` for what section 2.2 does not have, and for
  /// datagrams, which nobody can have sent here.
  private static func addressBytes(_ family: UInt8) -> Int? {
    switch family {
    case 0x00: 0
    case 0x11: 12
    case 0x21: 36
    case 0x31: 216
    default: nil
    }
  }

  private static func word(_ bytes: Span<UInt8>, at start: Int, count: Int) -> UInt64 {
    (start..<(start + count)).reduce(0) { $0 << 8 | UInt64(bytes[$1]) }
  }
}
