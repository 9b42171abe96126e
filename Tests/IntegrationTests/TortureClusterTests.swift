import Fakes
import Testing

/// Three nodes with quorum queues. Starting them takes too long for every test run: `make torture` does it.
@Suite(.serialized, .enabled(if: TortureTests.isLong))
struct TortureClusterTests {
  @Test(
    "a cluster loses one node and goes on, loses two and the spool takes over; nothing is lost",
    .timeLimit(.minutes(10))
  )
  func minority() throws {
    let cluster = try RabbitCluster()
    let run = try TortureBrokerFaultRun(
      cluster.nodes[0],
      ["BEACONGATE_BROKER_URLS": cluster.urls, "BEACONGATE_BROKER_QUEUE_TYPE": "quorum"])
    #expect(run.goesOn())
    for lost in [0, 1, 2] {
      cluster.nodes[lost].kill()
      #expect(run.goesOn(for: 200), "without node \(lost)")
      #expect(run.isWell(), "without node \(lost): \(run.health.map { "\($0)" } ?? "")")
      try cluster.nodes[lost].start()
      #expect(run.goesOn())
    }
    cluster.nodes[0].kill()
    cluster.nodes[1].kill()
    // One node of three confirms nothing, if it lets anybody in.
    #expect(waitUntil(timeout: .seconds(30)) { run.health?.status == "warn" && run.health?.code == 200 })
    #expect(run.goesOn(for: 200))
    for node in cluster.nodes.prefix(2) { try node.begin() }
    for node in cluster.nodes.prefix(2) { try node.start() }
    #expect(run.settle(duplicates: 5 * TortureBrokerFaultRun.inFlight) == [])
  }
}
