import Core
import Fakes
import Foundation

/// A process of a fleet: it keeps its port and its data folder over restarts.
final class FleetMember {
  let port: UInt16
  let folder: TemporaryDirectory
  private let environment: [String: String]
  private(set) var process: GatewayProcess?

  init(_ environment: [String: String]) throws {
    port = try freePort()
    folder = try TemporaryDirectory()
    self.environment = environment.merging(["BEACONGATE_HTTP_LISTEN": "127.0.0.1:\(port)"]) { $1 }
  }

  func start() throws { process = try GatewayProcess(environment: environment, folder: folder) }

  /// Starts it and waits for a 200 on `/health`.
  func startHealthy() throws {
    try start()
    guard waitUntil(timeout: .seconds(30), { health == 200 }) else {
      throw Deployment.NotHealthy(errors: process?.standardError ?? "")
    }
  }

  var health: Int? {
    guard let connection = try? RawHTTPConnection(port: port) else { return nil }
    try? connection.send("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    return try? connection.readResponse(timeout: .seconds(2)).status
  }

  /// Copies in its data folder, by its metrics; `nil` when it does not say.
  var stored: Int? {
    guard let text = try? process?.request("GET", "/metrics", onAdmin: true).text,
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("beacongate_spool_events ") })
    else { return nil }
    return line.split(separator: " ").last.flatMap { Int($0) }
  }

  func kill(_ signal: Int32) { process?.kill(signal) }

  /// True when it ended as it should after `signal`.
  func ends(_ expected: ChildProcess.Exit) -> Bool { process?.wait(timeout: .seconds(60)) == expected }
}

/// The HAProxy that is shipped, in front of two members.
struct FleetBalancer {
  static let program = "/usr/sbin/haproxy"

  let port: UInt16
  private let process: ChildProcess
  private let folder: TemporaryDirectory

  /// `announces`: it sends PROXY headers.
  init(_ first: FleetMember, _ second: FleetMember, announces: Bool = false) throws {
    port = try freePort()
    folder = try TemporaryDirectory()
    var environment = [
      "BEACONGATE_BIND": "127.0.0.1:\(port)", "INGEST_1": "127.0.0.1:\(first.port)",
      "INGEST_2": "127.0.0.1:\(second.port)",
    ]
    if announces { environment["BEACONGATE_SEND_PROXY"] = "yes" }
    process = try ChildProcess(
      Self.program, arguments: ["-f", DeployFiles.path("haproxy.cfg")], environment: environment,
      output: folder.file("output"), errors: folder.file("errors"))
  }

  /// False when it does not answer `/health` through a replica in time.
  func isReady() -> Bool {
    waitUntil(timeout: .seconds(20)) {
      guard let connection = try? RawHTTPConnection(port: port) else { return false }
      try? connection.send("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
      return (try? connection.readResponse(timeout: .seconds(2)).status) == 200
    }
  }

  /// Its log lines and its complaints.
  var log: String { folder.read("output") + folder.read("errors") }
}

/// Two processes that take events behind a balancer, a broker, two that deliver, and both services.
final class Fleet {
  let node: RabbitNode
  let logbeacon: FakeLogBeacon
  let telegram: FakeTelegram
  let ingest: [FleetMember]
  let workers: [FleetMember]
  let balancer: FleetBalancer
  private let keys: TemporaryDirectory
  /// The node reads its definitions at every start.
  private let secrets: DeploySecrets

  /// Users, permissions and policy are those that `deploy/make-secrets` writes.
  init() throws {
    let secrets = try DeploySecrets()
    let node = try RabbitNode(configuration: [
      "load_definitions = \(secrets.folder.file("rabbitmq_definitions.json"))"
    ])
    let (logbeacon, telegram, keys) = (try FakeLogBeacon(), try FakeTelegram(), try TemporaryDirectory())
    let common = { (user: String) in
      [
        "BEACONGATE_BROKER_URLS": node.url(user: user, password: secrets.password(user)),
        "BEACONGATE_BROKER_QUEUE_TYPE": "quorum", "BEACONGATE_BROKER_RECONNECT_INTERVAL": "500ms",
        "BEACONGATE_BROKER_RECONNECT_PAUSE": "1s", "BEACONGATE_DOMAINS": "shop.example",
        "BEACONGATE_RETRY_DELAY": "50ms", "BEACONGATE_CONSOLE_FORMAT": "off",
      ]
    }
    ingest = try (0..<2).map { _ in
      try FleetMember(
        common("ingest").merging([
          "BEACONGATE_ROLE": "ingest", "BEACONGATE_WORKERS": "none", "BEACONGATE_FALLBACK": "hold",
        ]) { $1 })
    }
    workers = try (0..<2).map { _ in
      try FleetMember(
        common("worker").merging([
          "BEACONGATE_ROLE": "worker", "BEACONGATE_LOGBEACON_URL": logbeacon.url,
          "BEACONGATE_LOGBEACON_KEY_DIR": keys.path, "BEACONGATE_TELEGRAM_API_BASE": telegram.url,
          "BEACONGATE_TELEGRAM_BOT_TOKEN": telegram.token, "BEACONGATE_TELEGRAM_DEVELOPER_CHAT_ID": "101",
          "BEACONGATE_TELEGRAM_CUSTOMER_CHAT_ID": "202",
        ]) { $1 })
    }
    for member in ingest + workers { try member.startHealthy() }
    balancer = try FleetBalancer(ingest[0], ingest[1])
    (self.node, self.logbeacon, self.telegram, self.keys, self.secrets) = (node, logbeacon, telegram, keys, secrets)
  }

  func stop() {
    logbeacon.stop()
    telegram.stop()
  }

  /// True once nothing waits any more, at the broker or in a data folder. Quorum queues tell their length every 5 s.
  func isEmpty() -> Bool {
    waitUntil(timeout: .seconds(90)) { queued == 0 && (ingest + workers).allSatisfy { $0.stored == 0 } }
  }

  /// Copies that RabbitMQ holds; `nil` when it does not say.
  var queued: Int? {
    guard let output = try? node.rabbitmqctl("list_queues", "--no-table-headers", "messages") else { return nil }
    return output.split(separator: "\n").compactMap { Int($0.trimmingPrefix { $0 == " " }) }.reduce(0, +)
  }
}
