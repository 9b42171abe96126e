import Core
import Fakes
import Foundation
import Testing

/// `broker.packing` with the real program and a real broker: what a client was promised arrives, whatever dies meanwhile.
@Suite(.serialized) struct PackingTests {
  private let node: RabbitNode
  private let look: BrokerLook
  private let deployment: Deployment
  private let domain = "k\(UInt32.random(in: 0 ... .max)).example"

  init() throws {
    node = try .shared
    look = try BrokerLook(node.url)
    deployment = try Deployment()
  }

  private func start(_ role: Settings.Role, packing: Bool, folder: TemporaryDirectory? = nil) throws -> GatewayProcess {
    let environment = deployment.environment.merging([
      "BEACONGATE_ROLE": role.rawValue, "BEACONGATE_BROKER_URLS": node.url, "BEACONGATE_DOMAINS": domain,
      "BEACONGATE_BROKER_PACKING": "\(packing)", "BEACONGATE_BROKER_PREFETCH": "40",
    ]) { $1 }
    let process = try GatewayProcess(environment: environment, folder: folder)
    #expect(waitUntil { (try? process.request("GET", "/health").json?["status"]) == "pass" })
    return process
  }

  private func depth() throws -> Int? {
    try look.depth(QueueName(domain: domain, sink: .logbeacon).description)?.messages
  }

  /// Ids of a batch whose every event is confirmed.
  private func post(_ gateway: GatewayProcess, _ name: String, _ count: Int) throws -> [String] {
    let ids = (0..<count).map { "\(name)-\($0)" }
    let body = ids.map { #"{"id":"\#($0)","level":1,"def_name":"f","message":"m \#($0)"}"# }.joined(separator: "\n")
    let answer = try gateway.request(
      "POST", "/log", headers: ["Content-Type": "application/x-ndjson"], body: body)
    #expect(answer.status == 202 && answer.json?["stored"] == "broker" && answer.json?["accepted"]?.int == count)
    return ids
  }

  @Test(
    "2,000 events in few messages, mixed with plain ones: a worker is killed in the middle of a pack, and nothing is lost"
  )
  func killed() throws {
    defer { deployment.stop() }
    let packing = try start(.ingest, packing: true)
    let plain = try start(.ingest, packing: false)
    var ids: [String] = []
    for round in 0..<8 {
      ids += try post(packing, "packed\(round)", 250)
      ids += try post(plain, "plain\(round)", 5)
    }
    let messages = try #require(try depth())
    #expect(messages >= 8 + 40 && messages < 200)
    // Those behind the one that hangs are delivered meanwhile.
    deployment.logbeacon.fail { call in
      call.id == "packed1-100" ? FakeLogBeacon.Failure(FakeResponse(status: 503)) : nil
    }
    let first = try start(.worker, packing: false, folder: deployment.folder)
    #expect(deployment.logbeacon.waitForAccepted(600, timeout: .seconds(20)))
    first.kill(SIGKILL)
    #expect(first.wait() == .signal(SIGKILL))
    deployment.logbeacon.fail(nil)
    let second = try start(.worker, packing: true, folder: deployment.folder)
    #expect(waitUntil(timeout: .seconds(30)) { deployment.logbeacon.acceptedIDs == Set(ids) })
    #expect(try waitUntil(timeout: .seconds(30)) { try depth() == 0 })
    // What was unacked at the kill: packs that the worker had opened, and plain messages.
    #expect(deployment.logbeacon.duplicateIDs.count <= 40 + 2 * CopyPack.maxCopies)
    for process in [packing, plain, second] {
      process.kill(SIGTERM)
      #expect(process.wait() == .code(0))
    }
  }

  @Test(
    "an event that no worker can read is buried alone, those that share its message are delivered; doctor finds all well"
  )
  func buried() throws {
    defer { deployment.stop() }
    deployment.logbeacon.fail { call in
      call.id == "some-7" ? FakeLogBeacon.Failure(FakeResponse(status: 400)) : nil
    }
    let gateway = try start(.all, packing: true)
    let ids = try post(gateway, "some", 20)
    #expect(deployment.logbeacon.waitForAccepted(19))
    #expect(deployment.logbeacon.acceptedIDs == Set(ids).subtracting(["some-7"]))
    let dead = "\(QueueName(domain: domain, sink: .logbeacon)).dead"
    #expect(try waitUntil { try look.depth(dead)?.messages == 1 && depth() == 0 })
    let doctor = try GatewayProcess(
      ["doctor"],
      environment: deployment.environment.merging([
        "BEACONGATE_BROKER_URLS": node.url, "BEACONGATE_DOMAINS": domain, "BEACONGATE_TELEGRAM_BOT_TOKEN": "none",
        "BEACONGATE_BROKER_PACKING": "true", "BEACONGATE_HTTP_LISTEN": "127.0.0.1:\(gateway.port)",
        "BEACONGATE_ADMIN_LISTEN": "127.0.0.1:\(gateway.adminPort)",
      ]) { $1 })
    #expect(doctor.wait() == .code(0), "\(doctor.standardOutput)")
    gateway.kill(SIGTERM)
    #expect(gateway.wait() == .code(0))
  }
}
