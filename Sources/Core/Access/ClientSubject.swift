/// Whom a client certificate is for: its subject, or one of its alternative names (RFC 5280 §4.2.1.6).
package enum ClientSubject: Sendable, Hashable, CustomStringConvertible {
  case name(DistinguishedName)
  /// In lower case; `*` stands for itself alone.
  case host(String)
  case uri(String)

  /// `CN=web-1,O=Example`, `dns:web-1.internal` or `uri:spiffe://example/web`: what the configuration takes.
  package init?(_ text: String) {
    if text.hasPrefix("dns:") {
      self.init(host: String(text.dropFirst(4)))
    } else if text.hasPrefix("uri:") {
      self.init(uri: String(text.dropFirst(4)))
    } else {
      guard let name = DistinguishedName(text) else { return nil }
      self = .name(name)
    }
  }

  /// `nil` for what is no host name.
  package init?(host: String) {
    let isHost = host.utf8.allSatisfy { SettingsTextRule.isAlphanumeric($0) || "-._*".utf8.contains($0) }
    guard (1...255).contains(host.utf8.count), isHost else { return nil }
    self = .host(host.lowercased())
  }

  /// `nil` for what is no absolute URI of visible ASCII.
  package init?(uri: String) {
    let scheme = uri.utf8.prefix { $0 != UInt8(ascii: ":") }
    guard uri.utf8.count <= DistinguishedName.maxBytes, !scheme.isEmpty, scheme.count < uri.utf8.count,
      uri.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else { return nil }
    self = .uri(uri)
  }

  package var description: String {
    switch self {
    case .name(let name): name.description
    case .host(let host): "dns:\(host)"
    case .uri(let uri): "uri:\(uri)"
    }
  }
}
