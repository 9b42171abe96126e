/// Who may connect to the public listeners, and whose connections are counted.
package struct PeerPolicy: Sendable, Equatable {
  /// What to do with a connection that was just accepted.
  package enum Welcome: Sendable, Equatable {
    /// Serve it; it counts as one of `client`'s unless that is `nil`.
    case serve(client: IPAddress?)
    /// A proxy says first for whom it speaks.
    case awaitHeader
    /// Close it: where proxies announce their clients, others could announce anybody.
    case refuse
  }

  let proxies: [TrustedProxy]
  private let readsHeader: Bool
  /// Connections that one client address may have; 0 is no limit.
  package let maxConnections: Int

  package init(_ settings: Settings.HTTP) {
    proxies = settings.trustedProxies
    readsHeader = settings.proxyProtocol
    maxConnections = settings.maxConnectionsPerAddress
  }

  /// `peer` is who has connected; `nil` through a Unix socket.
  package func welcome(_ peer: IPAddress?) -> Welcome {
    guard readsHeader else { return .serve(client: counted(peer)) }
    return proxies.trusts(peer) ? .awaitHeader : .refuse
  }

  /// The address to count a connection by. Not counted: this machine's own clients, and a proxy that speaks for itself or,
  /// without a header, for many.
  package func counted(_ client: IPAddress?) -> IPAddress? {
    guard maxConnections > 0, let client, !client.isLoopback, !proxies.trusts(client) else { return nil }
    return client
  }
}
