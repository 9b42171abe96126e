/// What a request to the admin listener must show before it changes anything (contracts.md §5). A page from elsewhere in an
/// operator's browser can show neither of its own accord.
package enum ChangeRule {
  /// `nil` lets the request through; else it is 403.
  package static func refusal(_ head: RequestHead, in bytes: Span<UInt8>) -> StaticString? {
    guard let field = head.contentType, isJSON(bytes, field) else {
      return "A change needs Content-Type: application/json."
    }
    guard let origin = head.origin else { return nil }
    guard let host = head.host, isOwn(bytes, origin, host) else {
      return "The request comes from a page of another origin."
    }
    return nil
  }

  private static func isJSON(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Bool {
    let end = bytes.firstIndex(of: UInt8(ascii: ";"), in: field) ?? field.upperBound
    return bytes.matches(bytes.trimmed(field.lowerBound..<end), ignoringCase: "application/json")
  }

  /// The origin of a page that this listener has served itself (RFC 6454 §7).
  private static func isOwn(_ bytes: Span<UInt8>, _ origin: Range<Int>, _ host: Range<Int>) -> Bool {
    for scheme in ["http://", "https://"] where origin.count == scheme.utf8.count + host.count {
      let start = origin.lowerBound + scheme.utf8.count
      guard bytes.matches(origin.lowerBound..<start, ignoringCase: scheme) else { continue }
      return HostField.agree(bytes, start..<origin.upperBound, host, defaultPort: scheme == "http://" ? "80" : "443")
    }
    return false
  }
}
