import Core
import Fakes
import Foundation
import Testing

@Suite(.serialized) struct DurabilityTests {
  @Test("what was answered 202 before a kill -9 is delivered after the restart")
  func killed() throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    // The service is down while the first process lives, so that everything is still in the queue.
    deployment.logbeacon.fail { _ in FakeLogBeacon.Failure(FakeResponse(status: 503)) }
    var accepted: Set<String> = []
    for round in 0..<3 {
      let gateway = try deployment.start()
      let load = Load(gateway, clients: 4, eventsEach: 10_000, prefix: "r\(round)")
      #expect(waitUntil { load.acceptedCount > 300 })
      gateway.kill(SIGKILL)
      #expect(gateway.wait() == .signal(SIGKILL))
      accepted.formUnion(load.join())
    }
    deployment.logbeacon.fail(nil)
    let gateway = try deployment.start()
    #expect(
      waitUntil(timeout: .seconds(60)) { deployment.logbeacon.acceptedIDs.isSuperset(of: accepted) },
      "missing: \(accepted.subtracting(deployment.logbeacon.acceptedIDs).count) of \(accepted.count)")
    gateway.kill(SIGTERM)
    #expect(gateway.wait() == .code(0))
  }

  @Test("SIGTERM under load: every request is answered, everything accepted is delivered or kept, exit 0")
  func terminated() throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    let gateway = try deployment.start()
    let load = Load(gateway, clients: 8, eventsEach: 10_000, prefix: "t")
    #expect(waitUntil { load.acceptedCount > 500 })
    gateway.kill(SIGTERM)
    #expect(gateway.wait() == .code(0))
    let accepted = load.join()
    #expect(load.unanswered == 0)
    #expect(load.refused.isSubset(of: [503]))
    let second = try deployment.start()
    #expect(
      waitUntil(timeout: .seconds(60)) { deployment.logbeacon.acceptedIDs.isSuperset(of: accepted) },
      "missing: \(accepted.subtracting(deployment.logbeacon.acceptedIDs).count) of \(accepted.count)")
    #expect(deployment.logbeacon.duplicateIDs.isEmpty)
    second.kill(SIGTERM)
    #expect(second.wait() == .code(0))
  }

  @Test("a second SIGTERM ends a shutdown that waits for a hanging service, and nothing is lost")
  func hurried() throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    deployment.logbeacon.server.respond { _ in
      var response = FakeResponse()
      response.manner = .hang
      return response
    }
    let gateway = try deployment.start(["BEACONGATE_SHUTDOWN_GRACE": "10m", "BEACONGATE_LOGBEACON_TIMEOUT": "5m"])
    _ = try gateway.post(["id": "kept", "level": 1, "def_name": "f", "message": "m"])
    #expect(deployment.logbeacon.server.waitForRequests(1))
    gateway.kill(SIGTERM)
    #expect(waitUntil { gateway.health() != 200 })
    gateway.kill(SIGTERM)
    #expect(gateway.wait() == .code(0))
    let working = try FakeLogBeacon()
    defer { working.stop() }
    let second = try deployment.start(["BEACONGATE_LOGBEACON_URL": working.url])
    #expect(working.waitForAccepted(1))
    #expect(working.accepted.first?.id == "kept")
    second.kill(SIGTERM)
    #expect(second.wait() == .code(0))
  }

  @Test("a store that cannot grow answers 503 with Retry-After, and never a false 202")
  func full() throws {
    let gateway = try GatewayProcess(environment: [
      "BEACONGATE_WORKERS": "none", "BEACONGATE_SPOOL_MAX_BYTES": "256KiB",
    ])
    #expect(gateway.waitUntilHealthy())
    let big = String(repeating: "x", count: 3000)
    var accepted = 0
    var last: RawHTTPConnection.Response?
    for _ in 0..<500 {
      let response = try gateway.post(["level": 1, "def_name": "f", "message": "m", "extra_info": .string(big)])
      last = response
      guard response.status == 202 else { break }
      accepted += 1
    }
    #expect(last?.status == 503)
    #expect(last?.headers["retry-after"] != nil)
    #expect(gateway.health() == 503)
    let metrics = try gateway.request("GET", "/metrics", onAdmin: true).text
    #expect(metrics.contains("beacongate_spool_events \(accepted)\n"))
  }
}
