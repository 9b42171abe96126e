import Core
import Fakes
import Foundation
import Testing

/// The third sink of the real program, with the embedded queue and with RabbitMQ.
@Suite(.serialized) struct WebhookTests {
  private static let secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
  private let server: FakeHTTPServer
  private let domain = "w\(UInt32.random(in: 0 ... .max)).example"

  init() throws {
    server = try FakeHTTPServer()
  }

  private func environment(_ changes: [String: String] = [:]) -> [String: String] {
    [
      "BEACONGATE_DOMAINS": domain, "BEACONGATE_ROUTES": #"{"Error":["webhook"],"Info":["logbeacon","webhook"]}"#,
      "BEACONGATE_WEBHOOK_URL": "\(server.url)/hook", "BEACONGATE_WEBHOOK_SECRET": Self.secret,
      "BEACONGATE_LOGBEACON_URL": "none", "BEACONGATE_TELEGRAM_BOT_TOKEN": "none", "BEACONGATE_RETRY_DELAY": "50ms",
    ].merging(changes) { $1 }
  }

  private func ids(_ server: FakeHTTPServer) -> Set<String> {
    Set(server.requests.compactMap { $0.headers["webhook-id"] })
  }

  @Test("an event arrives signed, and the verification of the documentation takes it and nothing else")
  func documentation() throws {
    let gateway = try GatewayProcess(environment: environment())
    #expect(gateway.waitUntilHealthy())
    let answer = try gateway.post(["level": 9, "def_name": "pay", "message": "支付失敗", "id": "e:1"]).json
    #expect(answer?["routes"] == ["webhook"] && answer?["stored"] == "spool")
    #expect(server.waitForRequests(1))
    let request = try #require(server.requests.first)
    #expect(request.json?["message"] == "支付失敗" && request.json?["level_name"] == "Error")
    let health = try gateway.request("GET", "/health").json
    #expect(health?["checks"]?["webhook"]?["status"] == "pass")
    // The sink has the event before the worker has its answer.
    let counted = #"beacongate_deliveries_total{sink="webhook",domain="\#(domain)",outcome="delivered"} 1"#
    #expect(try waitUntil { try gateway.request("GET", "/metrics", onAdmin: true).text.contains(counted) })
    gateway.kill(SIGTERM)
    #expect(gateway.wait() == .code(0))

    let folder = try TemporaryDirectory()
    try folder.write(try Self.snippet(), to: "verify.py")
    try folder.write(
      """
      import json, sys
      from verify import verify
      case = json.load(open(sys.argv[1]))
      sys.exit(0 if verify(case["secret"], case["headers"], bytes(case["body"]), now=case["now"]) else 1)
      """, to: "run.py")
    func exit(secret: String = Self.secret, body: [UInt8], later: Int = 0, id: String = "e:1") throws -> ChildProcess
      .Exit?
    {
      var headers: [String: JSONValue] = [:]
      for (name, value) in request.headers { headers[name] = .string(value) }
      headers["webhook-id"] = .string(id)
      let now = Int(request.headers["webhook-timestamp"] ?? "") ?? 0
      let json: JSONValue = [
        "secret": .string(secret), "headers": .object(headers), "body": .array(body.map { .int(Int($0)) }),
        "now": .int(now + later),
      ]
      try folder.write(String(decoding: json.bytes, as: UTF8.self), to: "case.json")
      return try ChildProcess(
        "/usr/bin/python3", arguments: [folder.file("run.py"), folder.file("case.json")],
        environment: ["PATH": "/usr/bin:/bin"], output: folder.file("out"), errors: folder.file("err")
      ).wait(timeout: .seconds(20))
    }
    #expect(try exit(body: request.body) == .code(0), "\(folder.read("err"))")
    #expect(try exit(body: request.body + [0x20]) == .code(1))
    #expect(try exit(body: request.body, later: 301) == .code(1))
    #expect(try exit(body: request.body, id: "e:2") == .code(1))
    #expect(try exit(secret: "whsec_YW5vdGhlciBrZXkgb2YgMjQgYnl0ZXM=", body: request.body) == .code(1))
  }

  /// The Python block of docs/custom-sinks.md.
  private static func snippet() throws -> String {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appending(path: "docs/custom-sinks.md"), encoding: .utf8)
    let start = try #require(text.range(of: "```python\n")).upperBound
    let end = try #require(text.range(of: "```\n", range: start..<text.endIndex)).lowerBound
    return String(text[start..<end])
  }

  @Test("what was answered 202 before a kill -9 reaches the webhook after the restart, a 429's wait is kept to")
  func killed() throws {
    let folder = try TemporaryDirectory()
    server.respond { _ in FakeResponse(status: 503) }
    let first = try GatewayProcess(environment: environment(), folder: folder)
    #expect(first.waitUntilHealthy())
    for number in 0..<20 {
      let event: JSONValue = ["level": 1, "def_name": "f", "message": "m", "id": .string("k\(number)")]
      #expect(try first.post(event).json?["routes"] == ["webhook"])
    }
    first.kill(SIGKILL)
    #expect(first.wait() == .signal(SIGKILL))
    let before = server.requestCount
    let limits = Monitor(1)
    server.respond { _ in
      limits.change { left in
        defer { left -= 1 }
        return left > 0 ? FakeResponse(status: 429, headers: [("Retry-After", "1")]) : FakeResponse(status: 204)
      }
    }
    let second = try GatewayProcess(environment: environment(), folder: folder)
    #expect(second.waitUntilHealthy())
    let server = self.server
    #expect(
      waitUntil(timeout: .seconds(20)) {
        (try? second.request("GET", "/health").json?["checks"]?["webhook"]?["queued"]) == 0
      })
    let requests = server.requests.dropFirst(before)
    #expect(Set(requests.compactMap { $0.headers["webhook-id"] }) == Set((0..<20).map { "k\($0)" }))
    // Calls that were under way beside the one that was told to wait are none of this.
    let limited = try #require(requests.first).arrival
    #expect(!requests.contains { $0.arrival - limited > 300_000_000 && $0.arrival - limited < 950_000_000 })
    second.kill(SIGTERM)
    #expect(second.wait() == .code(0))
  }

  @Test("at a broker it has a queue and dead letters of its own, which a worker empties and operators replay")
  func broker() throws {
    let node = try RabbitNode.shared
    let look = try BrokerLook(node.url)
    let ingest = try GatewayProcess(
      environment: environment([
        "BEACONGATE_ROLE": "ingest", "BEACONGATE_BROKER_URLS": node.url, "BEACONGATE_FALLBACK": "hold",
      ]))
    #expect(ingest.waitUntilHealthy())
    #expect(try waitUntil { try ingest.request("GET", "/health").json?["status"] == "pass" })
    #expect(try ingest.post(["level": 9, "def_name": "f", "message": "m", "id": "b1"]).json?["stored"] == "broker")
    #expect(try look.depth("\(domain)_webhook")?.messages == 1)
    server.respond { _ in FakeResponse(status: 422) }
    let worker = try GatewayProcess(
      environment: environment([
        "BEACONGATE_ROLE": "worker", "BEACONGATE_BROKER_URLS": node.url, "BEACONGATE_WORKERS": "webhook",
      ]))
    #expect(worker.waitUntilHealthy())
    #expect(try waitUntil { try look.depth("\(domain)_webhook.dead")?.messages == 1 })
    #expect(try look.depth("\(domain)_logbeacon")?.consumers == 0)
    server.respond { _ in FakeResponse() }
    let replay = try GatewayProcess([
      "dead", "replay", "--sink", "webhook", "--url", "http://127.0.0.1:\(worker.adminPort)",
    ])
    #expect(replay.wait() == .code(0), "\(replay.standardError)")
    #expect(try waitUntil { try look.depth("\(domain)_webhook.dead")?.messages == 0 })
    #expect(server.waitForRequests(2) && ids(server) == ["b1"])
    for process in [ingest, worker] {
      process.kill(SIGTERM)
      #expect(process.wait() == .code(0))
    }
  }

  @Test("without webhook.url nothing of it is there, and a reload says that it takes a restart")
  func absent() throws {
    let node = try RabbitNode.shared
    let look = try BrokerLook(node.url)
    let folder = try TemporaryDirectory()
    try folder.write("domains: [\(domain)]\n", to: "b.yaml")
    let gateway = try GatewayProcess(
      ["serve", "--config", folder.file("b.yaml")],
      environment: ["BEACONGATE_BROKER_URLS": node.url, "BEACONGATE_LOGBEACON_URL": "\(server.url)/log"], folder: folder
    )
    #expect(gateway.waitUntilHealthy())
    #expect(try waitUntil { try look.depth("\(domain)_logbeacon")?.consumers == 1 })
    #expect(try look.depth("\(domain)_webhook") == nil)
    #expect(try gateway.request("GET", "/health").json?["checks"]?["webhook"] == nil)
    #expect(!(try gateway.request("GET", "/metrics", onAdmin: true).text.contains("webhook")))
    try folder.write(
      """
      domains: [\(domain)]
      webhook: {url: "\(server.url)/hook", secret: "\(Self.secret)"}
      routes: {Info: [webhook]}

      """, to: "b.yaml")
    gateway.kill(SIGHUP)
    #expect(waitUntil { gateway.standardError.contains("only a restart takes it over: domains, routes, webhook.url") })
    #expect(try gateway.post(["level": 1, "def_name": "f", "message": "m"]).json?["routes"] == [])
    #expect(!gateway.standardError.contains(Self.secret))
    gateway.kill(SIGTERM)
    #expect(gateway.wait() == .code(0))
  }
}
