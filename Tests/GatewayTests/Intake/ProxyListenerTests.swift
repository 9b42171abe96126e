import Core
import Fakes
import Testing

@Suite("A listener behind a proxy") struct ProxyListenerTests {
  private static let post = RunningGateway.post(RunningGateway.event)

  private static func gateway(_ proxies: [String] = ["127.0.0.1"], limit: Int = 0) throws -> RunningGateway {
    try RunningGateway {
      $0.http.trustedProxies = proxies.compactMap { TrustedProxy($0) }
      $0.http.proxyProtocol = true
      $0.http.maxConnectionsPerAddress = limit
      $0.http.headerTimeout = .milliseconds(300)
    }
  }

  private static func line(_ source: String) -> String { "PROXY TCP4 \(source) 127.0.0.1 4000 8080\r\n" }

  @Test("a trusted proxy's header goes before the requests, in one packet or byte by byte")
  func header() throws {
    let gateway = try Self.gateway()
    for source in ["192.0.2.7", "127.0.0.1"] {
      let connection = try gateway.connect()
      try connection.send(Self.line(source) + Self.post + Self.post)
      for _ in 0..<2 { #expect(try connection.readResponse().status == 202) }
    }
    let slow = try gateway.connect()
    for byte in (Self.line("192.0.2.7") + Self.post).utf8 { try slow.send([byte]) }
    #expect(try slow.readResponse().status == 202)
    #expect(try gateway.exchange("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", onAdmin: true).status == 200)
  }

  @Test("without a header, with half of one, or from somebody else nothing is served")
  func refused() throws {
    let gateway = try Self.gateway()
    for text in [Self.post, "PROXY TCP4 192.0.2.7", "PROXY NONSENSE\r\n\(Self.post)", ""] {
      let connection = try gateway.connect()
      try connection.send(text)
      #expect(connection.isClosedByPeer(), "\(text)")
    }
    let stranger = try Self.gateway(["10.0.0.0/8"]).connect()
    try? stranger.send(Self.line("192.0.2.7") + Self.post)
    #expect(stranger.isClosedByPeer())
  }

  @Test("a client address has http.max_connections_per_address connections, and others have theirs")
  func limit() throws {
    let gateway = try Self.gateway(limit: 2)
    func open(_ source: String) throws -> RawHTTPConnection {
      let connection = try gateway.connect()
      try connection.send(Self.line(source) + Self.post)
      return connection
    }
    let first = try open("192.0.2.7")
    let second = try open("192.0.2.7")
    for connection in [first, second] { #expect(try connection.readResponse().status == 202) }
    #expect(try open("192.0.2.7").isClosedByPeer())
    #expect(try open("192.0.2.8").readResponse().status == 202)
    #expect(try open("127.0.0.1").readResponse().status == 202)
    let metrics = try gateway.exchange("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", onAdmin: true).text
    #expect(metrics.contains(#"beacongate_events_rejected_total{reason="connection_limit"} 1"#))
    first.close()
    #expect(waitUntil { (try? open("192.0.2.7").readResponse().status) == 202 })
  }
}
