/// A bearer token for a client: 256 random bits as text that shows what it is, to people and to scanners for secrets.
package struct ClientToken: Sendable {
  package static let prefix = "bgt_"
  /// Longer texts are no tokens, whoever made them.
  package static let maxBytes = BearerField.maxTokenBytes

  /// `bgt_` and 43 digits of base64url (RFC 4648 §5).
  package let text: String

  package init(using random: inout some RandomNumberGenerator) {
    var bytes: [UInt8] = []
    for _ in 0..<4 { withBytes(of: random.next()) { bytes.append($0) } }
    text = Self.prefix + Self.base64URL(bytes)
  }

  /// Without padding.
  static func base64URL(_ bytes: [UInt8]) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    var text: [UInt8] = []
    var held: UInt32 = 0
    var bits = 0
    for byte in bytes {
      held = held << 8 | UInt32(byte)
      bits += 8
      while bits >= 6 {
        bits -= 6
        text.append(digits[Int(held >> UInt32(bits)) & 63])
      }
    }
    if bits > 0 { text.append(digits[Int(held << UInt32(6 - bits)) & 63]) }
    return String(text: text.span)
  }

  /// The entry of `auth.tokens` for a token with this digest, as YAML. An empty list of domains is every domain.
  package static func entry(name: String, digest: ContentDigest, domains: [String]) -> String {
    entry(name, "sha256: \(digest.hex)", domains)
  }

  /// The same for clients whose certificate names `subject`.
  package static func entry(name: String, subject: ClientSubject, domains: [String]) -> String {
    entry(name, "subject: \(SettingsText.text(subject.description).yaml)", domains)
  }

  private static func entry(_ name: String, _ proof: String, _ domains: [String]) -> String {
    var lines = ["auth:", "  tokens:", "    - name: \"\(name)\"", "      \(proof)"]
    if !domains.isEmpty { lines.append("      domains: [\(domains.map { "\"\($0)\"" }.joined(separator: ", "))]") }
    return lines.joined(separator: "\n")
  }

  /// Whether `text` may name a token, or a domain: what the configuration takes.
  package static func isName(_ text: String, upTo limit: Int) -> Bool {
    SettingsTextRule.name(upTo: limit).accepts(text)
  }
}

private func withBytes(of word: UInt64, _ body: (UInt8) -> Void) {
  for shift in stride(from: UInt64(0), to: 64, by: 8) { body(UInt8(truncatingIfNeeded: word >> shift)) }
}
