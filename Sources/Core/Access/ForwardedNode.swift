/// A node of `Forwarded` (RFC 7239 §6), or an entry of `X-Forwarded-For`, which is written in the same ways: `192.0.2.7`,
/// `192.0.2.7:4711`, `[2001:db8::9]:4711`; an IPv6 address without a port may stand without its brackets.
enum ForwardedNode {
  /// An IPv6 address in brackets with a port, and room to spare.
  static let maxBytes = 64

  /// The node's address; `nil` for `unknown`, for an obfuscated identifier (`_hidden`), and for what is no node.
  static func address(_ node: Span<UInt8>) -> IPAddress? {
    guard (1...maxBytes).contains(node.count) else { return nil }
    let whole = 0..<node.count
    if node[0] == UInt8(ascii: "[") {
      guard let end = node.firstIndex(of: UInt8(ascii: "]"), in: whole), isPort(node, (end + 1)..<node.count) else {
        return nil
      }
      return read(node, 1..<end, isV6: true)
    }
    guard let colon = node.firstIndex(of: UInt8(ascii: ":"), in: whole) else { return read(node, whole, isV6: false) }
    if node.firstIndex(of: UInt8(ascii: ":"), in: (colon + 1)..<node.count) != nil {
      return read(node, whole, isV6: true)
    }
    return isPort(node, colon..<node.count) ? read(node, 0..<colon, isV6: false) : nil
  }

  private static func read(_ node: Span<UInt8>, _ range: Range<Int>, isV6: Bool) -> IPAddress? {
    guard (node.firstIndex(of: UInt8(ascii: ":"), in: range) != nil) == isV6 else { return nil }
    return IPAddress(String(decoding: range.map { node[$0] }, as: UTF8.self))
  }

  /// Nothing, or a colon and a port: up to five digits, or an obfuscated one (RFC 7239 §6.2).
  private static func isPort(_ node: Span<UInt8>, _ range: Range<Int>) -> Bool {
    guard let first = range.first else { return true }
    let port = (first + 1)..<range.upperBound
    guard node[first] == UInt8(ascii: ":"), let start = port.first else { return false }
    if node[start] == UInt8(ascii: "_") {
      return port.count > 1 && node.endOfToken(from: start, upTo: port.upperBound) == port.upperBound
    }
    return port.count <= 5 && port.allSatisfy { node[$0].isDecimalDigit }
  }
}
