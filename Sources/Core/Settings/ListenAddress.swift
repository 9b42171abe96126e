/// Where a listener binds: `127.0.0.1:8080`, `[::]:8080`, `unix:/path`.
package enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
  /// `host` is a numeric IPv4 or IPv6 address or a name; port 0 lets the system choose.
  case tcp(host: String, port: UInt16)
  case unix(path: String)

  package var description: String {
    switch self {
    case .tcp(let host, let port):
      host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }

  /// True for addresses that no other machine can reach: 127.0.0.0/8, ::1, `localhost`, Unix sockets.
  package var isLocal: Bool {
    switch self {
    case .unix: true
    case .tcp(let host, _):
      host == "localhost" || host == "::1" || Self.isIPv4Loopback(host)
    }
  }

  private static func isIPv4Loopback(_ host: String) -> Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}
