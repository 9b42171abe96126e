/// How a request's body is compressed (RFC 9110 §8.4.1, RFC 8878).
package enum ContentCoding: UInt8, Sendable, Equatable, CaseIterable {
  case identity
  /// RFC 1952; `x-gzip` is the same.
  case gzip
  /// The zlib format (RFC 1950); bare deflate data (RFC 1951), which some clients send under this name, is read too.
  case deflate
  case zstd

  /// The field Accept-Encoding of a 415 (RFC 9110 §12.5.3).
  static let acceptEncoding: StaticString = "gzip, deflate, zstd"

  /// `nil` for a coding that is not read here, or for several of them.
  package init?(_ head: RequestHead, in bytes: Span<UInt8>) {
    self = .identity
    guard var list = head.contentEncoding else { return }
    while let member = bytes.nextMember(of: &list) {
      guard let coding = Self.named(bytes, member) else { return nil }
      if coding == .identity { continue }
      guard self == .identity else { return nil }
      self = coding
    }
  }

  private static func named(_ bytes: Span<UInt8>, _ range: Range<Int>) -> ContentCoding? {
    if bytes.matches(range, ignoringCase: "gzip") || bytes.matches(range, ignoringCase: "x-gzip") { return .gzip }
    if bytes.matches(range, ignoringCase: "deflate") { return .deflate }
    if bytes.matches(range, ignoringCase: "zstd") { return .zstd }
    return bytes.matches(range, ignoringCase: "identity") ? .identity : nil
  }
}
