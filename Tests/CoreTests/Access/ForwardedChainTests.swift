import Core
import Testing

@Suite("For whom a proxy says that it speaks") struct ForwardedChainTests {
  /// Who a request with these fields comes from, whose connection is `peer`'s; `unix` for a Unix socket.
  private static func client(
    _ fields: [String], from peer: String = "10.0.0.1", trusted: [String] = ["10.0.0.0/8", "2001:db8:f::/48", "unix"]
  ) throws -> String? {
    var http = Settings.HTTP()
    http.trustedProxies = trusted.compactMap { TrustedProxy($0) }
    let bytes = Array("GET /log HTTP/1.1\r\nHost: a\r\n\(fields.map { "\($0)\r\n" }.joined())\r\n".utf8)
    var machine = RequestMachine(limits: HTTPLimits())
    guard case .request = machine.advance(bytes.span) else { throw Unreadable() }
    return PeerPolicy(http).client(of: IPAddress(peer), machine.head, in: bytes.span)?.description
  }

  private struct Unreadable: Error {}

  @Test(
    "the entry that the nearest proxies vouch for is the client",
    arguments: [
      // One proxy, which has added its client behind what that claimed.
      (["X-Forwarded-For: 192.0.2.7"], "192.0.2.7"), (["x-forwarded-for: 203.0.113.1, 192.0.2.7"], "192.0.2.7"),
      // HAProxy adds a line of its own.
      (["X-Forwarded-For: 203.0.113.1", "X-Forwarded-For: 192.0.2.7"], "192.0.2.7"),
      // Further trusted proxies on the way are passed over; where all are trusted the first is the client.
      (["X-Forwarded-For: 203.0.113.1, 192.0.2.7, 10.0.0.3, 10.0.0.2"], "192.0.2.7"),
      (["X-Forwarded-For: 192.0.2.7", "X-Forwarded-For: 10.0.0.3,10.0.0.2"], "192.0.2.7"),
      (["X-Forwarded-For: 10.9.9.9, 10.0.0.2"], "10.9.9.9"), (["X-Forwarded-For: , 192.0.2.7 ,"], "192.0.2.7"),
      // Every way to write an address.
      (["X-Forwarded-For: 2001:db8::9"], "2001:db8::9"), (["X-Forwarded-For: [2001:DB8::9]"], "2001:db8::9"),
      (["X-Forwarded-For: [2001:db8::9]:4711"], "2001:db8::9"), (["X-Forwarded-For: 192.0.2.7:4711"], "192.0.2.7"),
      (["X-Forwarded-For: ::ffff:192.0.2.7"], "192.0.2.7"), (["X-Forwarded-For: 192.0.2.7:_p.1-x"], "192.0.2.7"),
      // RFC 7239 §4 and §7.1.
      (["Forwarded: for=192.0.2.7"], "192.0.2.7"),
      (["Forwarded: For=\"[2001:db8:cafe::17]:4711\""], "2001:db8:cafe::17"),
      (["Forwarded: for=192.0.2.43;proto=http;by=203.0.113.43"], "192.0.2.43"),
      (["Forwarded: proto=http;by=203.0.113.43;for=192.0.2.43"], "192.0.2.43"),
      (["Forwarded: for=192.0.2.43, for=198.51.100.17"], "198.51.100.17"),
      (["Forwarded: for=_hidden, for=198.51.100.17"], "198.51.100.17"),
      (["Forwarded: for=192.0.2.43", "Forwarded: for=198.51.100.17;host=\"a,b;for=1.1.1.1\""], "198.51.100.17"),
      (["Forwarded: for=192.0.2.7 ; proto=https , for=10.0.0.2"], "192.0.2.7"),
      (["Forwarded: for=\"192.0.2\\.7\";;, ,"], "192.0.2.7"), (["Forwarded: for=192.0.2.7:80"], "192.0.2.7"),
      (["Forwarded: for=1.1.1.1;\", for=192.0.2.7", "Forwarded: for=192.0.2.8"], "192.0.2.8"),
      // Both: most proxies write the one and pass the other on as the client wrote it.
      (["Forwarded: for=1.1.1.1", "X-Forwarded-For: 192.0.2.7"], "192.0.2.7"),
    ])
  func told(_ fields: [String], _ client: String) throws {
    #expect(try Self.client(fields) == client)
    #expect(try Self.client(fields, from: "2001:db8:f::1") == client)
    #expect(try Self.client(fields, from: "unix") == client)
  }

  @Test("who is no trusted proxy speaks for itself, whatever it claims")
  func untrusted() throws {
    for field in ["X-Forwarded-For: 1.1.1.1", "Forwarded: for=1.1.1.1"] {
      #expect(try Self.client([field], from: "192.0.2.9") == "192.0.2.9")
      #expect(try Self.client([field], trusted: []) == "10.0.0.1")
      #expect(try Self.client([field], from: "unix", trusted: ["10.0.0.0/8"]) == nil)
    }
  }

  @Test(
    "where the chain does not tell who it is, it is the proxy itself",
    arguments: [
      [], ["X-Forwarded-For: "], ["X-Forwarded-For: unknown"], ["X-Forwarded-For: 1.1.1.1, unknown"],
      ["X-Forwarded-For: 1.1.1.1, _hidden, 10.0.0.2"], ["X-Forwarded-For: 1.1.1.1, 999.0.2.7"],
      ["X-Forwarded-For: 192.0.2.7:"], ["X-Forwarded-For: 192.0.2.7:123456"], ["X-Forwarded-For: 192.0.2.7:x"],
      ["X-Forwarded-For: 192.0.2.7:_"], ["X-Forwarded-For: 192.0.2.7:_é"],
      ["X-Forwarded-For: [192.0.2.7]"], ["X-Forwarded-For: [2001:db8::9"], ["X-Forwarded-For: [2001:db8::9]4711"],
      ["X-Forwarded-For: [2001:db8::9]:"], ["X-Forwarded-For: []"], ["X-Forwarded-For: 2001:db8::9%eth0"],
      ["X-Forwarded-For: \"192.0.2.7\""], ["X-Forwarded-For: 192.0.2.7 192.0.2.8"],
      ["X-Forwarded-For: \(String(repeating: "0", count: 65))"], ["X-Forwarded-For: 192.0.2.7\u{a0}"],
      ["X-Forwarded-For: unknown", "Forwarded: for=1.1.1.1"],
      ["Forwarded: for=unknown"], ["Forwarded: for=1.1.1.1, for=_SEVKISEK"], ["Forwarded: for=1.1.1.1, proto=https"],
      ["Forwarded: for=\"192.0.2.7"], ["Forwarded: for=\"192.0.2.7\\"], ["Forwarded: for=\"1.1.1.1, for=192.0.2.7"],
      ["Forwarded: for=1.1.1.1;for=192.0.2.7"], ["Forwarded: for = 192.0.2.7"], ["Forwarded: for"],
      ["Forwarded: for=\"192.0.2.7\"x"], ["Forwarded: for=192.0.2.7\"x\""], ["Forwarded: for=\"\""],
      ["Forwarded: for="],
      ["Forwarded: for=\"\(String(repeating: " ", count: 9))192.0.2.7\""], ["Forwarded: =192.0.2.7"],
      ["Forwarded: for=\"\(String(repeating: "0", count: 99))\""], ["Forwarded: ,;,"],
    ])
  func untold(_ fields: [String]) throws { #expect(try Self.client(fields) == "10.0.0.1") }

  @Test("32 trusted proxies are looked behind, not 33; what lies further away costs nobody his address")
  func length() throws {
    let limit = ForwardedChain.maxEntries
    func list(_ proxies: Int) -> String { Array(repeating: "10.0.0.2", count: proxies).joined(separator: ", ") }
    #expect(try Self.client(["X-Forwarded-For: 192.0.2.7, \(list(limit - 1))"]) == "192.0.2.7")
    #expect(try Self.client(["X-Forwarded-For: 192.0.2.7, \(list(limit))"]) == "10.0.0.1")
    #expect(try Self.client(["X-Forwarded-For: \(list(limit))"]) == "10.0.0.2")
    #expect(try Self.client(["X-Forwarded-For: \(list(900)), 192.0.2.7, 10.0.0.3"]) == "192.0.2.7")
  }

  @Test(
    "addresses are written as RFC 5952 has them",
    arguments: [
      ("192.0.2.7", "192.0.2.7"), ("::ffff:0:0", "0.0.0.0"), ("::", "::"), ("::1", "::1"), ("1::", "1::"),
      ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
      ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("0:0:1::", "0:0:1::"),
    ])
  func written(_ text: String, _ canonical: String) throws {
    #expect(IPAddress(text)?.description == canonical)
  }
}
