import Core
import Fakes
import Foundation
import Glibc
import Testing

/// What clients notice of a replica that goes: nothing when it is stopped in order, little when it is killed.
@Suite(.serialized, .enabled(if: DeployFiles.isInstalled(FleetBalancer.program)))
struct FleetBalancerTests {
  @Test("a replica that gets SIGTERM is left before it refuses anything: every request is answered 202")
  func rolling() async throws {
    let (replicas, balancer) = try Self.start()
    let load = FleetLoad(port: balancer.port, clients: 4, eventsEach: 100_000, attempts: 1, pause: .milliseconds(5))
    #expect(await load.goesOn(for: 100))
    replicas[0].kill(SIGTERM)
    #expect(replicas[0].ends(.code(0)))
    try replicas[0].startHealthy()
    #expect(await load.goesOn(for: 100))
    load.stop()
    let results = await aside { load.join() }
    #expect(results.failures.isEmpty)
    #expect(results.accepted == results.sent)
    #expect(balancer.log.contains("ingest-1 is DOWN"))
  }

  @Test("a replica that is killed costs its clients a repetition, and no request is sent twice by the balancer")
  func killed() async throws {
    let (replicas, balancer) = try Self.start()
    let load = FleetLoad(port: balancer.port, clients: 4, eventsEach: 500)
    #expect(await load.goesOn(for: 200))
    replicas[0].kill(SIGKILL)
    #expect(replicas[0].ends(.signal(SIGKILL)))
    let results = await aside { load.join() }
    #expect(results.accepted == results.sent)
    // At most what was under way when it died.
    #expect(results.failures.values.reduce(0, +) <= 4, "\(results.failures)")
  }

  @Test("with no replica left the answer is 503 with Retry-After, a problem like the gateway's own")
  func alone() throws {
    let nobody = try FleetMember([:])
    let balancer = try FleetBalancer(nobody, try FleetMember([:]))
    var response: RawHTTPConnection.Response?
    #expect(
      waitUntil(timeout: .seconds(20)) {
        let connection = try? RawHTTPConnection(port: balancer.port)
        try? connection?.send("POST /log HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}")
        response = try? connection?.readResponse(timeout: .seconds(10))
        return response != nil
      })
    #expect(response?.status == 503)
    #expect(response?.headers["retry-after"] == "5")
    #expect(response?.headers["content-type"] == "application/problem+json")
    #expect(response?.json?["status"] == 503)
  }

  @Test(
    "with BEACONGATE_SEND_PROXY it announces its clients, and in X-Forwarded-For too, to a replica that asks for it")
  func announced() throws {
    let replica = try FleetMember([
      "BEACONGATE_WORKERS": "none", "BEACONGATE_HTTP_PROXY_PROTOCOL": "true",
      "BEACONGATE_HTTP_TRUSTED_PROXIES": "127.0.0.1", "BEACONGATE_MONITOR_THRESHOLD": "1ms",
      "BEACONGATE_CONSOLE_FORMAT": "json",
    ])
    try replica.start()
    let balancer = try FleetBalancer(replica, try FleetMember([:]), announces: true)
    try #require(balancer.isReady(), "\(balancer.log)")
    // Without a header nobody is served.
    #expect(replica.health == nil)
    #expect(
      try waitUntil {
        let fields = "X-Forwarded-For: 1.1.1.1, 192.0.2.7\r\n"
        guard try ForwardedClientTests.accepts(port: balancer.port, fields) else { return false }
        // The balancer has put 127.0.0.1, whom the replica trusts, behind what the client has sent.
        return replica.process?.standardOutput.contains("\"POST /log 192.0.2.7\"") == true
      }, "\(replica.process?.standardOutput ?? "")")
  }

  /// Two gateways with a queue of their own, which needs no broker, and HAProxy in front.
  private static func start() throws -> ([FleetMember], FleetBalancer) {
    let replicas = try (0..<2).map { _ in
      try FleetMember([
        "BEACONGATE_DOMAINS": "shop.example", "BEACONGATE_WORKERS": "none", "BEACONGATE_SHUTDOWN_DELAY": "10s",
      ])
    }
    for replica in replicas { try replica.startHealthy() }
    let balancer = try FleetBalancer(replicas[0], replicas[1])
    try #require(balancer.isReady(), "\(balancer.log)")
    return (replicas, balancer)
  }
}
