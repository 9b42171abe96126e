/// Whom the gateway believes when it says for whom it speaks: an entry of `http.trusted_proxies`.
package enum TrustedProxy: Sendable, Hashable, CustomStringConvertible {
  /// Whoever connects to a Unix socket.
  case unix
  /// An address, or all that share its first `prefix` bits; `text` is how it was written.
  case range(IPAddress, prefix: Int, text: String)

  /// `unix`, an address, or an address and a prefix: `10.0.0.0/8`. Bits behind the prefix must be zero, since they would
  /// mean something else than they say.
  package init?(_ text: String) {
    if text == "unix" {
      self = .unix
      return
    }
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = IPAddress(parts[0]) else { return nil }
    let width = address.isV4 && !parts[0].contains(":") ? 32 : 128
    var bits = width
    if parts.count == 2 {
      guard let given = Int(parts[1]), (0...width).contains(given), String(given) == parts[1] else { return nil }
      bits = given
    }
    let prefix = 128 - width + bits
    guard Self.masked(address, prefix) == address else { return nil }
    self = .range(address, prefix: prefix, text: text)
  }

  package var description: String {
    switch self {
    case .unix: "unix"
    case .range(_, _, let text): text
    }
  }

  /// `peer` is `nil` for a Unix socket.
  func includes(_ peer: IPAddress?) -> Bool {
    switch (self, peer) {
    case (.unix, nil): true
    case (.range(let address, let prefix, _), let peer?): Self.masked(peer, prefix) == address
    default: false
    }
  }

  private static func masked(_ address: IPAddress, _ prefix: Int) -> IPAddress {
    IPAddress(
      high: address.high & mask(prefix), low: address.low & mask(prefix - 64))
  }

  /// The first `bits` of 64.
  private static func mask(_ bits: Int) -> UInt64 { bits <= 0 ? 0 : bits >= 64 ? .max : ~(UInt64.max >> UInt64(bits)) }
}

extension [TrustedProxy] {
  /// Whether `peer`, `nil` for a Unix socket, is one of them.
  package func trusts(_ peer: IPAddress?) -> Bool { contains { $0.includes(peer) } }
}
