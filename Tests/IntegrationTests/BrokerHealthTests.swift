import Core
import Fakes
import Foundation
import Testing

/// The rows of contracts.md §5 that a broker has a part in, at the real program. `HealthStatusTests` has all of them.
@Suite(.serialized) struct BrokerHealthTests {
  private let proxy: TCPProxy
  private let deployment: Deployment

  init() throws {
    proxy = try TCPProxy(to: try RabbitNode.shared.port)
    deployment = try Deployment()
  }

  private func start(_ role: Settings.Role, _ changes: [String: String] = [:]) throws -> GatewayProcess {
    let environment = deployment.environment.merging([
      "BEACONGATE_ROLE": role.rawValue, "BEACONGATE_BROKER_URLS": "amqp://127.0.0.1:\(proxy.port)",
      "BEACONGATE_BROKER_CONFIRM_TIMEOUT": "300ms", "BEACONGATE_BROKER_RECONNECT_INTERVAL": "100ms",
      "BEACONGATE_BROKER_RECONNECT_PAUSE": "200ms", "BEACONGATE_FALLBACK": "hold",
      "BEACONGATE_DOMAINS": "h\(UInt32.random(in: 0 ... .max)).example",
    ]) { $1 }
    return try GatewayProcess(environment: environment.merging(changes) { $1 })
  }

  /// What `/health` is to say: the HTTP status, the document's, and the broker's sentence.
  private func isSaid(
    by process: GatewayProcess, _ code: Int, _ status: HealthStatus, _ broker: BrokerCondition
  ) -> Bool {
    waitUntil(timeout: .seconds(20)) {
      guard let answer = try? process.request("GET", "/health"), let health = answer.json else { return false }
      return answer.status == code && health["status"]?.string == status.rawValue
        && health["checks"]?["broker"]?["detail"]?.string == broker.sentence.description
    }
  }

  private func post(_ process: GatewayProcess, extra: String = "") throws -> RawHTTPConnection.Response {
    try process.post(["level": 1, "def_name": "f", "message": "m", "extra_info": .string(extra)])
  }

  private func end(_ process: GatewayProcess) {
    process.kill(SIGTERM)
    #expect(process.wait() == .code(0))
  }

  @Test("all well is pass; the broker away is a warning where events are taken and fails a worker; draining fails all")
  func away() throws {
    defer { deployment.stop() }
    let processes = try Settings.Role.allCases.map { ($0, try start($0, ["BEACONGATE_SHUTDOWN_DELAY": "1s"])) }
    for (_, process) in processes { #expect(isSaid(by: process, 200, .pass, .connected)) }
    proxy.refuse(true)
    proxy.resetAll()
    for (role, process) in processes {
      #expect(role == .worker ? isSaid(by: process, 503, .fail, .away) : isSaid(by: process, 200, .warn, .away))
      if role != .worker { #expect(try post(process).json?["stored"] == "spool") }
    }
    proxy.refuse(false)
    for (_, process) in processes { #expect(isSaid(by: process, 200, .pass, .connected)) }
    for (_, process) in processes { process.kill(SIGTERM) }
    for (_, process) in processes { #expect(isSaid(by: process, 503, .fail, .connected)) }
    for (_, process) in processes { #expect(process.wait() == .code(0)) }
  }

  @Test("a broker that does not confirm is a warning, and events are taken into the spool")
  func stalled() throws {
    defer { deployment.stop() }
    let gateway = try start(.all)
    #expect(isSaid(by: gateway, 200, .pass, .connected))
    proxy.hold([.toClient])
    #expect(try post(gateway).json?["stored"] == "spool")
    #expect(isSaid(by: gateway, 200, .warn, .stalled))
    proxy.hold([])
    #expect(isSaid(by: gateway, 200, .pass, .connected))
    end(gateway)
  }

  @Test("an alarm of the broker is a warning, and events are taken into the spool")
  func blocked() throws {
    defer { deployment.stop() }
    // From its start on.
    let node = try RabbitNode(configuration: ["vm_memory_high_watermark.relative = 0.00001"])
    proxy.redirect(to: node.port)
    let gateway = try start(.all)
    #expect(isSaid(by: gateway, 200, .pass, .connected))
    // A connection is told of the alarm when it publishes.
    #expect(try post(gateway).status == 202)
    #expect(isSaid(by: gateway, 200, .warn, .blocked))
    #expect(try post(gateway).json?["stored"] == "spool")
    end(gateway)
  }

  @Test("the broker away and the spool full is no health, with 503 for events, until the broker takes the spool")
  func full() throws {
    defer { deployment.stop() }
    proxy.refuse(true)
    let gateway = try start(.all, ["BEACONGATE_SPOOL_MAX_BYTES": "128KiB"])
    #expect(isSaid(by: gateway, 200, .warn, .away))
    var accepted = 0
    var refusal: RawHTTPConnection.Response?
    while refusal == nil, accepted < 200 {
      let response = try post(gateway, extra: String(repeating: "x", count: 2900))
      if response.status == 202 { accepted += 1 } else { refusal = response }
    }
    #expect(refusal?.status == 503 && refusal?.headers["retry-after"] != nil)
    #expect(isSaid(by: gateway, 503, .fail, .away))
    let spool = try #require(try gateway.request("GET", "/health").json?["checks"]?["spool"])
    #expect(spool["status"] == "fail" && spool["detail"]?.string == SpoolCondition.full.sentence.description)
    proxy.refuse(false)
    #expect(deployment.logbeacon.waitForAccepted(accepted, timeout: .seconds(30)))
    #expect(isSaid(by: gateway, 200, .pass, .connected))
    end(gateway)
  }
}
