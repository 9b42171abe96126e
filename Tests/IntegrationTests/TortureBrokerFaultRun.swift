import AMQP
import Fakes
import Foundation
import Platform

/// The real program between recording clients and services, with a RabbitMQ node behind a proxy: a fault is let loose under
/// load, then all is well again, and what was promised is compared with what came.
final class TortureBrokerFaultRun {
  static let clients = 4
  /// Copies that are under way at once without a confirm or an ack: clients in flight, the calls of a worker, and what its
  /// consumer has prefetched.
  static let inFlight = clients * 3 + 16 + 2 * prefetch
  static let prefetch = 20
  /// How long health may take to tell of a fault or of its end.
  static let recoveryTimeout = Duration.seconds(20)
  /// How long what is owed may take once the fault is over.
  static let calmTimeout = Duration.seconds(60)

  let node: RabbitNode
  let proxy: TCPProxy
  let ledger: TortureLedger
  let gateway: GatewayProcess
  let sinks: TortureSinks
  private let clients: TortureClients

  /// Queues of earlier runs on `node` are deleted. `changes` are further variables of the gateway.
  init(
    _ node: RabbitNode, to port: UInt16? = nil, clients: Int = clients, pace: TorturePace? = nil,
    _ changes: [String: String] = [:]
  ) throws {
    self.node = node
    try Self.deleteQueues(of: node)
    proxy = try TCPProxy(to: port ?? node.port)
    ledger = TortureLedger(seed: 1, clients: clients)
    sinks = try TortureSinks(ledger)
    gateway = try GatewayProcess(
      environment: Self.environment(sinks, url: "amqp://guest:guest@127.0.0.1:\(proxy.port)").merging(changes) { $1 })
    let listening = gateway.port
    guard gateway.waitUntilHealthy(timeout: .seconds(30)) else {
      throw Deployment.NotHealthy(errors: gateway.standardError)
    }
    self.clients = TortureClients(ledger, clients: clients, pace: pace) { listening }
  }

  static func environment(_ sinks: TortureSinks, url: String) -> [String: String] {
    [
      "BEACONGATE_DOMAINS": TortureEvent.domain, "BEACONGATE_LOGBEACON_URL": "\(sinks.logbeacon.url)/log/",
      "BEACONGATE_TELEGRAM_API_BASE": sinks.telegram.url, "BEACONGATE_TELEGRAM_BOT_TOKEN": TortureSinks.token,
      "BEACONGATE_TELEGRAM_DEVELOPER_CHAT_ID": "101", "BEACONGATE_TELEGRAM_CUSTOMER_CHAT_ID": "202",
      "BEACONGATE_RETRY_DELAY": "50ms", "BEACONGATE_RETRY_MAX_DELAY": "500ms", "TZ": "UTC",
    ].merging(brokerSettings(url)) { $1 }
  }

  /// Short waits, so that a fault takes effect within a test.
  static func brokerSettings(_ url: String) -> [String: String] {
    [
      "BEACONGATE_BROKER_URLS": url, "BEACONGATE_BROKER_CONFIRM_TIMEOUT": "300ms",
      "BEACONGATE_BROKER_RECONNECT_INTERVAL": "300ms", "BEACONGATE_BROKER_RECONNECT_PAUSE": "600ms",
      "BEACONGATE_BROKER_PREFETCH": "\(prefetch)", "BEACONGATE_FALLBACK": "hold",
      "BEACONGATE_SHUTDOWN_GRACE": "2s", "BEACONGATE_CONSOLE_FORMAT": "off",
    ]
  }

  /// False when fewer than `count` further events are accepted in time: intake stands still.
  func goesOn(for count: Int = 200) -> Bool {
    let goal = ledger.accepted + count
    return waitUntil(timeout: .seconds(60)) { ledger.accepted >= goal }
  }

  /// What `GET /health` says in all and of the broker: status and sentence.
  var health: (code: Int, status: String, broker: String)? {
    guard let answer = try? gateway.request("GET", "/health"), let json = answer.json else { return nil }
    return (answer.status, json["status"]?.string ?? "", json["checks"]?["broker"]?["detail"]?.string ?? "")
  }

  /// False when health does not become 200 and `status`, with these words about the broker, in time.
  func says(_ status: String, _ words: String, within timeout: Duration = recoveryTimeout) -> Bool {
    waitUntil(timeout: timeout) {
      health.map { $0.code == 200 && $0.status == status && $0.broker.contains(words) } ?? false
    }
  }

  func isWell(within timeout: Duration = recoveryTimeout) -> Bool { says("pass", "is connected.", within: timeout) }

  /// Copies in the gateway's own store.
  var spooled: Int? {
    guard let text = try? gateway.request("GET", "/metrics", onAdmin: true).text,
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("beacongate_spool_events ") })
    else { return nil }
    return line.split(separator: " ").last.flatMap { Int($0) }
  }

  /// The queues that events go to, with what an earlier run has left in them; a million messages take their time.
  static func deleteQueues(of node: RabbitNode) throws {
    let wakeup = try Wakeup()
    let connection = try AMQPConnection(AMQPURL(node.url), AMQPConnection.Options(name: "test"))
    defer { connection.close() }
    try connection.openChannel(1)
    let names = ["logbeacon", "tg"].map { "\(TortureEvent.domain)_\($0)" }
    for name in names { try connection.delete(1, queue: name) }
    var events: [AMQPEvent] = []
    let isDone = try waitUntil(timeout: .seconds(120)) {
      connection.wait(for: wakeup, milliseconds: 20)
      _ = try connection.receive(into: &events)
      return events.count { if case .deleted = $0 { true } else { false } } == names.count
    }
    guard isDone else { throw RabbitNode.Failure.notReady(log: node.log) }
  }

  /// Messages by queue.
  static func queues(of node: RabbitNode) throws -> [String: Int] {
    let text = try node.rabbitmqctl("list_queues", "--no-table-headers", "name", "messages")
    return Dictionary(
      text.split(separator: "\n").compactMap { line in
        let words = line.split(separator: "\t")
        return words.count == 2 ? Int(words[1]).map { (String(words[0]), $0) } : nil
      }
    ) { $1 }
  }

  /// `body` is done while no request is under way; false if one is not answered.
  func whileClientsRest(_ body: () -> Bool) -> Bool {
    clients.hold()
    defer { clients.goOn() }
    return waitUntil(timeout: .seconds(20)) { ledger.balance.unanswered == 0 } && body()
  }

  /// All is well again, by what health says within `recovery`. Broken promises, empty if there are none; at most `duplicates`
  /// second deliveries are borne.
  func settle(
    duplicates: Int, recovery: Duration = recoveryTimeout, within timeout: Duration = calmTimeout
  ) -> [String] {
    var problems = isWell(within: recovery) ? [] : ["health does not recover: \(health.map { "\($0)" } ?? "no answer")"]
    if !goesOn(for: 50) { problems.append("intake does not go on") }
    clients.stop()
    if !waitUntil(timeout: timeout, { ledger.owed == 0 && spooled == 0 }) {
      problems.append("\(ledger.owed) copies are owed, \(spooled ?? -1) in the spool")
    }
    gateway.kill(SIGTERM)
    let exit = gateway.wait()
    if exit != .code(0) { problems.append("SIGTERM ended in \(exit.map { "\($0)" } ?? "nothing")") }
    sinks.stop()
    let balance = ledger.balance
    print(
      "  accepted \(balance.accepted), answers \(balance.statuses), unanswered \(balance.unanswered), "
        + "duplicates \(balance.duplicates)")
    if !balance.missing.isEmpty { problems.append("missing: \(balance.missing.prefix(5)) of \(balance.missing.count)") }
    if !balance.spurious.isEmpty { problems.append("spurious: \(balance.spurious.prefix(5))") }
    if !balance.altered.isEmpty { problems.append("altered: \(balance.altered.prefix(5))") }
    if balance.statuses.keys.contains(where: { $0 != 202 }) { problems.append("answers: \(balance.statuses)") }
    if balance.unanswered > 0 { problems.append("\(balance.unanswered) requests were not answered") }
    if balance.duplicates > duplicates { problems.append("\(balance.duplicates) duplicates of at most \(duplicates)") }
    return problems
  }
}
