import Core
import Testing

@Suite("Trusted proxies") struct TrustedProxyTests {
  @Test(
    "addresses are read as inet_pton reads them",
    arguments: [
      ("0.0.0.0", "::ffff:0.0.0.0"), ("192.0.2.1", "::ffff:c000:201"), ("::", "0:0:0:0:0:0:0:0"), ("::1", "0::1"),
      ("1::", "1:0:0:0:0:0:0:0"), ("2001:db8::9", "2001:DB8:0:0:0:0:0:9"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
      ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
    ])
  func addresses(_ text: String, _ same: String) {
    #expect(IPAddress(text) != nil)
    #expect(IPAddress(text) == IPAddress(same))
  }

  @Test(
    "what is no address is none",
    arguments: [
      "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.04", "1.2.3.", "1.2.3.4 ", "a.b.c.d", ":", ":::", "1:2",
      "::1::",
      "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8::", "12345::", "g::", "::1%lo", "1:", ":1", "::1.2.3",
      "1.2.3.4::", "1:2:3:4:5:6:7:1.2.3.4",
    ])
  func noAddress(_ text: String) { #expect(IPAddress(text) == nil) }

  @Test(
    "an entry includes the addresses that share its bits, in either spelling of IPv4",
    arguments: [
      ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.1.2.3", "10.1.2.3", true),
      ("10.1.2.3", "10.1.2.4", false), ("10.1.2.3", "::ffff:10.1.2.3", true), ("0.0.0.0/0", "255.1.1.1", true),
      ("0.0.0.0/0", "::1", false), ("::/0", "10.0.0.1", true), ("2001:db8::/33", "2001:db8:7fff::1", true),
      ("2001:db8::/33", "2001:db8:8000::1", false), ("2001:db8::/128", "2001:db8::", true),
      ("2001:db8:0:0:8000::/65", "2001:db8::8000:0:0:1", true), ("2001:db8:0:0:8000::/65", "2001:db8::1", false),
      ("::ffff:10.0.0.0/104", "10.9.9.9", true),
    ])
  func ranges(_ entry: String, _ address: String, _ isIncluded: Bool) throws {
    let proxy = try #require(TrustedProxy(entry))
    #expect(proxy.description == entry)
    #expect([proxy].trusts(IPAddress(address)) == isIncluded)
    #expect(![proxy].trusts(nil))
  }

  @Test(
    "what is no entry is none",
    arguments: [
      "", "Unix", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/08", "10.0.0.1/8", "localhost", "10.0.0.0/-1",
      "10.0.0.0/8/8",
    ])
  func noEntry(_ text: String) { #expect(TrustedProxy(text) == nil) }

  @Test("unix trusts whoever comes through a Unix socket, and nobody else")
  func unix() { #expect([TrustedProxy.unix].trusts(nil) && ![TrustedProxy.unix].trusts(IPAddress("::1"))) }

  private static func policy(_ proxies: [String], header: Bool = false, limit: Int = 5) -> PeerPolicy {
    var http = Settings.HTTP()
    http.trustedProxies = proxies.compactMap { TrustedProxy($0) }
    http.proxyProtocol = header
    http.maxConnectionsPerAddress = limit
    return PeerPolicy(http)
  }

  @Test("clients are counted by address, this machine's and the proxies' own are not")
  func counting() {
    let client = IPAddress("192.0.2.7")
    let policy = Self.policy(["10.0.0.0/8"])
    #expect(policy.welcome(client) == .serve(client: client))
    for peer in ["10.0.0.1", "127.0.0.1", "127.8.8.8", "::1"] {
      #expect(policy.welcome(IPAddress(peer)) == .serve(client: nil), "\(peer)")
    }
    #expect(policy.welcome(nil) == .serve(client: nil))
    #expect(Self.policy([], limit: 0).welcome(client) == .serve(client: nil))
  }

  @Test("where proxies announce their clients nobody else is let in, this machine included")
  func announced() {
    let policy = Self.policy(["10.0.0.0/8", "unix"], header: true)
    #expect(policy.welcome(IPAddress("10.0.0.1")) == .awaitHeader)
    #expect(policy.welcome(nil) == .awaitHeader)
    for peer in ["192.0.2.7", "127.0.0.1", "::1"] { #expect(policy.welcome(IPAddress(peer)) == .refuse, "\(peer)") }
    #expect(policy.counted(IPAddress("192.0.2.7")) == IPAddress("192.0.2.7"))
    #expect(policy.counted(nil) == nil)
  }
}
