import Core

extension ListenAddress {
  /// How this machine calls a listener; `nil` for a Unix socket, and for a port that the system chooses.
  func url(scheme: String = "http") -> String? {
    guard case .tcp(let host, let port) = self, port != 0 else { return nil }
    let reached = host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "::1" : host
    return "\(scheme)://\(ListenAddress.tcp(host: reached, port: port))"
  }
}
