import Fakes
import Foundation
import Testing

/// A gateway that listens at several addresses at once.
@Suite struct SeveralListenersTests {
  /// This machine has an IPv6 loopback.
  private static let hasIPv6 =
    (try? String(contentsOfFile: "/proc/net/if_inet6", encoding: .utf8))?.contains(" lo") ?? false

  /// Where a gateway says that it takes events: `127.0.0.1:8080`, `[::1]:8080`, `unix:/path`.
  private static func addresses(_ gateway: GatewayProcess, _ count: Int) -> [String] {
    let sentence = "taking events on "
    var found: [String] = []
    _ = waitUntil(timeout: .seconds(20)) {
      found = gateway.standardError.split(separator: "\n").compactMap { line in
        line.range(of: sentence).map { line[$0.upperBound...].prefix { !"\" ".contains($0) } }.map(String.init)
      }
      return found.count == count || !gateway.child.isRunning
    }
    return found
  }

  /// The status that curl gets for an event at `address`.
  private static func post(_ address: String) throws -> String {
    let isUnix = address.hasPrefix("unix:")
    let place =
      isUnix ? ["--unix-socket", String(address.dropFirst(5)), "http://localhost/log"] : ["http://\(address)/log"]
    return try DeployFiles.run(
      "/usr/bin/curl",
      [
        "--silent", "--globoff", "--noproxy", "*", "--max-time", "10", "--output", "/dev/null", "--write-out",
        "%{http_code}", "--json", #"{"level":1,"def_name":"f","message":"m"}"#,
      ] + place
    ).output
  }

  @Test("each of them takes events: two of IPv4, one of IPv6 where there is IPv6, and a Unix socket")
  func all() throws {
    let folder = try TemporaryDirectory()
    let listen = ["127.0.0.1:0", "127.0.0.1:0", "unix:\(folder.file("events"))"] + (Self.hasIPv6 ? ["[::1]:0"] : [])
    let gateway = try GatewayProcess(environment: ["BEACONGATE_HTTP_LISTEN": listen.joined(separator: ",")])
    let addresses = Self.addresses(gateway, listen.count)
    #expect(Set(addresses).count == listen.count, "\(gateway.standardError)")
    for (address, wanted) in zip(addresses, listen) {
      #expect(address.hasPrefix(wanted.hasSuffix(":0") ? String(wanted.dropLast()) : wanted))
      #expect(try Self.post(address) == "202", "\(address)")
    }
    gateway.kill(SIGTERM)
    #expect(gateway.wait() == .code(0))
    #expect(!FileManager.default.fileExists(atPath: folder.file("events")))
  }

  @Test("one that cannot be had ends the start, named with its mend, and the others are not left listening")
  func refused() throws {
    let folder = try TemporaryDirectory()
    let holder = try GatewayProcess()
    #expect(holder.waitUntilHealthy())
    let free = try freePort()
    for (address, code, mend) in [
      ("127.0.0.1:\(holder.port)", 75, "stop the program that has it or choose another port"),
      ("192.0.2.1:0", 78, "choose an address of this machine that this user may bind"),
      ("unix:\(folder.file("no/such/folder"))", 78, "choose an address of this machine that this user may bind"),
    ] as [(String, Int32, String)] {
      let gateway = try GatewayProcess(environment: [
        "BEACONGATE_HTTP_LISTEN": "127.0.0.1:\(free),\(address)", "BEACONGATE_AUTH_ALLOW_ANONYMOUS": "true",
      ])
      #expect(gateway.wait() == .code(code))
      let lines = gateway.standardError.split(separator: "\n")
      #expect(lines.contains { $0.contains("http.listen") && $0.contains(address) && $0.hasSuffix(mend) }, "\(lines)")
      #expect(throws: (any Error).self) { try RawHTTPConnection(port: free) }
    }
    #expect(holder.health() == 200)
  }
}
