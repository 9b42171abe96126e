import Core
import Fakes
import Foundation
import Testing

/// Roles of the real program at a real broker (contracts.md §2, §3 'A sink that is not configured', §9).
@Suite(.serialized) struct RoleTests {
  private let node: RabbitNode
  private let look: BrokerLook
  private let deployment: Deployment
  private let domain = "r\(UInt32.random(in: 0 ... .max)).example"

  init() throws {
    node = try .shared
    look = try BrokerLook(node.url)
    deployment = try Deployment()
  }

  /// A process of its own, with the sinks of the deployment or, as somebody who only publishes has it, without.
  private func start(
    _ role: Settings.Role, hasSinks: Bool = true, at url: String? = nil, _ changes: [String: String] = [:]
  ) throws -> GatewayProcess {
    var environment = [
      "BEACONGATE_ROLE": role.rawValue, "BEACONGATE_BROKER_URLS": url ?? node.url, "BEACONGATE_DOMAINS": domain,
      "BEACONGATE_FALLBACK": "hold", "BEACONGATE_BROKER_RECONNECT_INTERVAL": "100ms",
      "BEACONGATE_BROKER_RECONNECT_PAUSE": "200ms",
    ]
    if hasSinks { environment.merge(deployment.environment) { own, _ in own } }
    return try GatewayProcess(environment: environment.merging(changes) { $1 })
  }

  /// What RabbitMQ knows of a queue of the domain.
  private func queue(_ sink: Sink) throws -> (messages: Int, consumers: Int)? {
    try look.depth(QueueName(domain: domain, sink: sink).description)
  }

  private func end(_ process: GatewayProcess) {
    process.kill(SIGTERM)
    #expect(process.wait() == .code(0))
  }

  @Test("one that takes in consumes nothing, nor does one without workers; a worker delivers and takes nothing in")
  func roles() throws {
    defer { deployment.stop() }
    let keys = try TemporaryDirectory()
    // With everything at hand to deliver by itself.
    let ingest = try start(.ingest, ["BEACONGATE_FALLBACK": "direct", "BEACONGATE_LOGBEACON_KEY_DIR": keys.path])
    let idle = try start(.all, ["BEACONGATE_WORKERS": "none"])
    #expect(ingest.waitUntilHealthy() && idle.waitUntilHealthy())
    for (number, process) in [ingest, idle].enumerated() {
      // Until its publisher is connected, copies go to the spool.
      #expect(try waitUntil { try process.request("GET", "/health").json?["status"] == "pass" })
      let response = try process.post(["id": .string("e\(number)"), "level": 1, "def_name": "f", "message": "m"])
      #expect(response.status == 202 && response.json?["stored"] == "broker")
    }
    #expect(try waitUntil { try queue(.logbeacon)?.messages == 2 })
    #expect(try queue(.logbeacon)?.consumers == 0 && queue(.telegram)?.consumers == 0)
    #expect(deployment.logbeacon.calls.isEmpty)

    let worker = try start(.worker)
    #expect(worker.waitUntilHealthy())
    #expect(deployment.logbeacon.waitForAccepted(2))
    #expect(deployment.logbeacon.acceptedIDs == ["e0", "e1"])
    #expect(try worker.post(["level": 1, "def_name": "f", "message": "m"]).status == 404)
    #expect(waitUntil { worker.standardError.contains("role worker") })
    for process in [ingest, idle, worker] { end(process) }
  }

  @Test("a worker that finds no broker is not healthy, and after worker.max_failures checks it exits with 75")
  func givesUp() throws {
    defer { deployment.stop() }
    let worker = try start(
      .worker, at: "amqp://127.0.0.1:\(freePort())",
      ["BEACONGATE_WORKER_HEALTH_INTERVAL": "200ms", "BEACONGATE_WORKER_MAX_FAILURES": "5"])
    #expect(waitUntil { worker.health() == 503 })
    #expect(worker.wait() == .code(75))
    #expect(worker.standardOutput.contains("(5/5)") && !worker.standardOutput.contains("(6/5)"))
    // Whichever of the two counts five first ends the process.
    #expect(worker.standardOutput.contains("[停止] "))
  }

  @Test("in role all the loops that gave up start again after the pause, while intake goes on, and deliver")
  func startsAgain() throws {
    defer { deployment.stop() }
    let proxy = try TCPProxy(to: node.port)
    let gateway = try start(
      .all, at: "amqp://127.0.0.1:\(proxy.port)",
      ["BEACONGATE_WORKER_HEALTH_INTERVAL": "50ms", "BEACONGATE_WORKER_MAX_FAILURES": "3"])
    #expect(gateway.waitUntilHealthy())
    proxy.refuse(true)
    proxy.resetAll()
    for sink in ["LogBeacon", "TG"] {
      #expect(waitUntil { gateway.standardOutput.contains("[停止] \(sink) 連續檢查失敗") })
    }
    let response = try gateway.post(["level": 91, "def_name": "f", "message": "m"])
    #expect(response.status == 202 && response.json?["stored"] == "spool")
    proxy.refuse(false)
    #expect(deployment.logbeacon.waitForAccepted(1))
    #expect(deployment.telegram.waitForSent(2))
    end(gateway)
  }

  @Test("with a broker, copies for a chat without an address stay there, with warnings; for an unwanted one they end")
  func chats() throws {
    defer { deployment.stop() }
    let ingest = try start(.ingest, hasSinks: false)
    #expect(ingest.waitUntilHealthy())
    #expect(try ingest.post(["id": "e", "level": 91, "def_name": "f", "message": "m"]).status == 202)

    var environment = deployment.environment
    environment["BEACONGATE_TELEGRAM_CUSTOMER_CHAT_ID"] = nil
    environment["BEACONGATE_DOMAINS"] = domain
    let missing = try start(.worker, hasSinks: false, environment)
    #expect(missing.waitUntilHealthy())
    #expect(deployment.logbeacon.waitForAccepted(1))
    #expect(missing.standardOutput.contains("[未設定] \(domain)_tg"))
    let health = try #require(try missing.request("GET", "/health").json)
    #expect(health["status"] == "warn" && health["checks"]?["telegram"]?["status"] == "warn")
    #expect(health["checks"]?["telegram"]?["detail"]?.string == SinkCondition.missing.sentence.description)
    #expect(try queue(.telegram)?.consumers == 0)
    end(missing)

    let unwanted = try start(.worker, ["BEACONGATE_TELEGRAM_CUSTOMER_CHAT_ID": "none"])
    #expect(unwanted.waitUntilHealthy())
    #expect(deployment.telegram.waitForSent(1))
    #expect(deployment.telegram.sent.map(\.chat) == ["101"])
    let disabled = #"beacongate_deliveries_total{sink="telegram",domain="\#(domain)",outcome="disabled"} 1"#
    #expect(try waitUntil { try unwanted.request("GET", "/metrics", onAdmin: true).text.contains(disabled) })
    #expect(try unwanted.request("GET", "/health").json?["status"] == "pass")
    #expect(!unwanted.standardOutput.contains("[未設定]"))
    #expect(try waitUntil { try queue(.telegram)?.messages == 0 })
    end(unwanted)
    end(ingest)
  }
}
