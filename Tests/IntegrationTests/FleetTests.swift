import Core
import Fakes
import Foundation
import Glibc
import Testing

/// Replicas behind the balancer that is shipped.
@Suite(.serialized, .enabled(if: DeployFiles.isInstalled(FleetBalancer.program)))
struct FleetTests {
  @Test("one of each is killed under load: what was answered 202 arrives everywhere, unaltered")
  func killed() async throws {
    let fleet = try Fleet()
    defer { fleet.stop() }
    #expect(fleet.balancer.isReady())
    let load = FleetLoad(port: fleet.balancer.port, clients: 8, eventsEach: 5000, pause: .milliseconds(20))
    #expect(await load.goesOn(for: 300))

    fleet.ingest[0].kill(SIGKILL)
    #expect(fleet.ingest[0].ends(.signal(SIGKILL)))
    #expect(await load.goesOn(for: 300))
    try fleet.ingest[0].startHealthy()

    fleet.workers[0].kill(SIGKILL)
    #expect(fleet.workers[0].ends(.signal(SIGKILL)))
    #expect(await load.goesOn(for: 300))
    try fleet.workers[0].startHealthy()

    fleet.node.kill()
    #expect(await load.goesOn(for: 300))
    try fleet.node.start()
    #expect(await load.goesOn(for: 300))

    load.stop()
    let results = await aside { load.join() }
    #expect(results.accepted == results.sent, "not 202: \(results.failures)")
    try expectEverything(results, in: fleet)
    #expect(fleet.isEmpty(), "\(fleet.queued ?? -1) at the broker, \((fleet.ingest + fleet.workers).map(\.stored))")
    for member in fleet.ingest + fleet.workers { member.kill(SIGTERM) }
    for member in fleet.ingest + fleet.workers { #expect(member.ends(.code(0))) }
    #expect(fleet.queued == 0)
  }

  /// Waits until every accepted event has arrived; then nothing that was not sent has, and nothing is altered.
  private func expectEverything(_ results: FleetLoad.Results, in fleet: Fleet) throws {
    let wanted = Set(results.accepted.map(\.id))
    #expect(
      waitUntil(timeout: .seconds(120)) { fleet.logbeacon.acceptedIDs.isSuperset(of: wanted) },
      "missing: \(wanted.subtracting(fleet.logbeacon.acceptedIDs).count) of \(wanted.count)")
    let sent = Dictionary(uniqueKeysWithValues: results.sent.map { ($0.id, $0) })
    for call in fleet.logbeacon.accepted {
      let event = try #require(sent[call.id], "nobody sent \(call.id)")
      #expect(event.matches(call.event), "altered: \(call.event)")
    }

    let announced = results.accepted.filter(\.isForEveryone)
    #expect(!announced.isEmpty)
    for chat in ["101", "202"] {
      #expect(
        waitUntil(timeout: .seconds(60)) {
          let texts = fleet.telegram.sent(to: chat).map(\.text)
          return announced.allSatisfy { event in texts.contains { $0.contains(event.message) } }
        }, "chat \(chat) got \(fleet.telegram.sent(to: chat).count) of \(announced.count)")
      for message in fleet.telegram.sent(to: chat) {
        #expect(announced.contains { message.text.contains($0.message) }, "nobody sent \(message.text)")
      }
    }
  }
}
