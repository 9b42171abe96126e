import Fakes

/// A gateway with RabbitMQ between intake and workers: all that befalls a ``TortureDeployment``, and the broker's own
/// faults.
final class TortureBroker: TortureFixture {
  let deployment: TortureDeployment
  let node: RabbitNode

  init(_ ledger: TortureLedger) throws {
    node = try RabbitNode()
    deployment = try TortureDeployment(
      ledger,
      [
        "BEACONGATE_BROKER_URLS": node.url, "BEACONGATE_BROKER_CONFIRM_TIMEOUT": "500ms",
        "BEACONGATE_BROKER_RECONNECT_INTERVAL": "500ms", "BEACONGATE_BROKER_RECONNECT_PAUSE": "1s",
        "BEACONGATE_BROKER_HEARTBEAT": "5s", "BEACONGATE_FALLBACK_AFTER": "2s",
      ])
  }

  var port: UInt16 { deployment.port }
  var complaints: [String] { deployment.complaints }
  var notes: [String] { deployment.notes }
  var mayRepeatDead: Bool { true }
  var counts: [String: Int] {
    get { deployment.counts }
    set { deployment.counts = newValue }
  }

  /// What lies in the broker's queues, and in the gateway's own store.
  var held: Int? {
    guard let own = deployment.held, let queues = messages else { return nil }
    return own + queues.filter { !$0.name.hasSuffix(".dead") }.reduce(0) { $0 + $1.count }
  }

  /// A copy that is delivered from the spool while the broker is away dies in the gateway's own store.
  var dead: Int? {
    let own = deployment.gateway.metric(#"beacongate_ledger_copies{store="spool",state="dead"}"#)
    guard let own, let queues = messages else { return nil }
    return own + queues.filter { $0.name.hasSuffix(".dead") }.reduce(0) { $0 + $1.count }
  }

  var faults: [TortureFault] {
    let gateway = deployment.gateway
    return deployment.faults + [
      TortureFault(name: "broker killed", weight: 5) { [node] milliseconds in
        node.kill()
        pause(milliseconds)
        try node.start()
      },
      TortureFault(name: "broker and gateway killed", weight: 3) { [node] milliseconds in
        node.kill()
        gateway.kill()
        try gateway.start()
        pause(milliseconds)
        try node.start()
      },
      TortureFault(name: "broker frozen", weight: 4) { [node] milliseconds in
        node.freeze()
        pause(milliseconds)
        node.thaw()
      },
      TortureFault(name: "gateway ended while the broker is frozen", weight: 2) { [node] _ in
        node.freeze()
        gateway.terminate()
        node.thaw()
        try gateway.start()
      },
      TortureFault(name: "broker alarm", weight: 2) { [node] milliseconds in
        try node.alarm(on: true)
        pause(milliseconds)
        try node.alarm(on: false)
      },
    ]
  }

  func start() throws { try deployment.start() }

  func heal() throws {
    node.thaw()
    if !node.isRunning { try node.start() }
    try deployment.heal()
  }

  func finish() {
    deployment.finish()
    node.kill()
  }

  private var messages: [(name: String, count: Int)]? {
    guard let text = try? node.rabbitmqctl("list_queues", "--no-table-headers", "name", "messages") else { return nil }
    return text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: "\t")
      return words.count == 2 ? Int(words[1]).map { (String(words[0]), $0) } : nil
    }
  }
}
