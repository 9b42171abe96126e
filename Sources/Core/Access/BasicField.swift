/// An `Authorization` field of the scheme Basic (RFC 7617), by which a browser sends a token as password.
package enum BasicField {
  /// A user's name of any length goes with a token; longer ones are none of ours.
  static let maxBytes = 2 * BearerField.maxTokenBytes

  /// The password in `field`; `nil` for another scheme, or for what is no name and password. The name is not looked at.
  package static func password(in field: Span<UInt8>) -> [UInt8]? {
    let scheme = 0..<5
    guard (scheme.count + 1...maxBytes).contains(field.count), field.matches(scheme, ignoringCase: "basic") else {
      return nil
    }
    var start = scheme.upperBound
    while start < field.count, field[start] == UInt8(ascii: " ") { start += 1 }
    guard start > scheme.upperBound else { return nil }
    var text: [UInt8] = []
    text.append(field.extracting(start..<field.count))
    guard let pair = Base64.decode(text), let colon = pair.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    let password = Array(pair[(colon + 1)...])
    return password.isEmpty ? nil : password
  }
}
