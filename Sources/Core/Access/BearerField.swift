/// An `Authorization` field of the scheme Bearer (RFC 6750 §2.1).
package enum BearerField {
  /// Longer ones are no token of ours, and are not hashed.
  static let maxTokenBytes = 1024

  /// Where in `field` the token lies; `nil` for another scheme, or for what is no token. The scheme may have any case
  /// (RFC 9110 §11.1).
  package static func token(in field: Span<UInt8>) -> Range<Int>? {
    let scheme = 0..<6
    guard field.count > scheme.count, field.matches(scheme, ignoringCase: "bearer") else { return nil }
    var start = scheme.upperBound
    while start < field.count, field[start] == UInt8(ascii: " ") { start += 1 }
    let token = start..<field.count
    return start > scheme.upperBound && isToken(field.extracting(token)) ? token : nil
  }

  /// Whether `text` can be sent as a token.
  package static func isToken(_ text: Span<UInt8>) -> Bool {
    guard (1...maxTokenBytes).contains(text.count) else { return false }
    for index in text.indices where !(0x21...0x7E).contains(text[index]) { return false }
    return true
  }
}
