import Fakes
import Foundation
import Testing

/// Every fault of a broker that the real program has to bear: no answer but 202, nothing lost, invented or altered, health
/// tells the truth, and it recovers by itself. What needs `rabbitmqctl` takes long and is left to `make torture`.
@Suite(.serialized) struct TortureBrokerFaultTests {
  @Test("a broker that is frozen and thawed: late acks delete the spooled copies, so nothing comes twice")
  func frozen() throws {
    let run = try TortureBrokerFaultRun(RabbitNode.shared)
    #expect(run.goesOn())
    run.node.freeze()
    #expect(run.says("warn", "does not confirm"))
    #expect(run.goesOn())
    run.node.thaw()
    #expect(run.settle(duplicates: 0) == [])
  }

  @Test(
    "a broker that is killed and comes back: what comes twice was under way at that moment",
    .enabled(if: TortureTests.isLong))
  func killed() throws {
    let run = try TortureBrokerFaultRun(RabbitNode.shared)
    #expect(run.goesOn())
    run.node.kill()
    #expect(run.says("warn", "cannot be reached"))
    #expect(run.goesOn())
    try run.node.start()
    #expect(run.settle(duplicates: TortureBrokerFaultRun.inFlight) == [])
  }

  @Test("an alarm: intake goes on, health names it, and consumers go on", .enabled(if: TortureTests.isLong))
  func alarm() throws {
    let run = try TortureBrokerFaultRun(RabbitNode.shared)
    #expect(run.goesOn())
    try run.node.alarm(on: true)
    #expect(run.says("warn", "has raised an alarm"))
    #expect(run.goesOn())
    try run.node.alarm(on: false)
    #expect(run.settle(duplicates: 0) == [])
  }

  /// What the proxy does to a link that is open.
  enum Link: CaseIterable, Sendable { case deafToUs, muteToUs, deafAndMute }

  @Test(
    "a half-dead link: copies go to the spool, and come once when it lives again",
    arguments: TortureTests.isLong ? Link.allCases : [.muteToUs])
  func halfDead(link: Link) throws {
    let run = try TortureBrokerFaultRun(RabbitNode.shared)
    #expect(run.goesOn())
    run.proxy.hold(link == .deafToUs ? [.toServer] : link == .muteToUs ? [.toClient] : [.toServer, .toClient])
    #expect(run.says("warn", "does not confirm"))
    #expect(run.goesOn())
    run.proxy.hold([])
    #expect(run.settle(duplicates: 0) == [])
  }

  @Test("a link that is reset again and again: intake goes on, and what comes twice was under way")
  func resets() throws {
    let run = try TortureBrokerFaultRun(RabbitNode.shared)
    let resets = TortureTests.isLong ? 10 : 2
    for _ in 0..<resets {
      #expect(run.isWell())
      #expect(run.goesOn(for: 100))
      run.proxy.resetAll()
    }
    #expect(run.settle(duplicates: resets * TortureBrokerFaultRun.inFlight) == [])
  }

  @Test(
    "a peer that is none: health says away, intake goes on, and the next broker gets everything",
    arguments: TortureTests.isLong ? ["silent", "garbage", "closing", "foreign"] : ["garbage"])
  func strangers(manner: String) throws {
    let peer = try AMQPPeer(
      manner == "silent"
        ? .silent
        : manner == "closing"
          ? .closing
          : .greeting(manner == "garbage" ? Array(repeating: 0xA5, count: 4096) : Array("HTTP/1.1 400 No\r\n\r\n".utf8))
    )
    let run = try TortureBrokerFaultRun(RabbitNode.shared)
    #expect(run.goesOn(for: 50))
    run.proxy.redirect(to: peer.port)
    run.proxy.resetAll()
    #expect(run.says("warn", "cannot be reached"))
    #expect(run.goesOn())
    run.proxy.redirect(to: run.node.port)
    #expect(run.settle(duplicates: TortureBrokerFaultRun.inFlight) == [])
  }

  /// What a broker may say at any time on a channel, besides what is asked of it.
  enum Word: CaseIterable, Sendable {
    case preconditionFailed, notFound, accessRefused, ackOfUnknownTag, nackOfUnknownTag

    var bytes: [UInt8] {
      switch self {
      case .preconditionFailed: Self.close(406, "PRECONDITION_FAILED - unknown delivery tag 7")
      case .notFound: Self.close(404, "NOT_FOUND - no queue")
      case .accessRefused: Self.close(403, "ACCESS_REFUSED - access to queue refused")
      case .ackOfUnknownTag: AMQPFrame.method(1, 60, 80, AMQPFrame.number(UInt64(1) << 40) + [1])
      case .nackOfUnknownTag: AMQPFrame.method(1, 60, 120, AMQPFrame.number(UInt64(1) << 40) + [0])
      }
    }

    /// channel.close on channel 1: code, text, and no method that is to blame.
    private static func close(_ code: UInt16, _ text: String) -> [UInt8] {
      AMQPFrame.method(1, 20, 40, AMQPFrame.number(code) + [UInt8(text.utf8.count)] + Array(text.utf8) + [0, 0, 0, 0])
    }
  }

  @Test(
    "a broker that closes channels (403, 404, 406) or answers for tags that it never got: nothing counts as taken",
    arguments: TortureTests.isLong ? Word.allCases : [.preconditionFailed])
  func odd(word: Word) throws {
    let run = try TortureBrokerFaultRun(RabbitNode.shared)
    let times = 3
    for _ in 0..<times {
      #expect(run.isWell())
      #expect(run.goesOn(for: 100))
      run.proxy.say(word.bytes)
    }
    #expect(run.settle(duplicates: times * TortureBrokerFaultRun.inFlight) == [])
  }

  @Test(
    "a queue that is deleted between events: what comes back is spooled, the queue declared, and all is delivered",
    .enabled(if: TortureTests.isLong))
  func deleted() throws {
    let run = try TortureBrokerFaultRun(RabbitNode.shared)
    for _ in 0..<3 {
      #expect(run.goesOn(for: 100))
      // What lies in a queue goes with it, and so does what is on its way into it at that moment, which RabbitMQ confirms.
      let isDeleted = run.whileClientsRest {
        waitUntil(timeout: .seconds(20)) {
          (try? run.node.rabbitmqctl("delete_queue", "\(TortureEvent.domain)_logbeacon", "--if-empty")) != nil
        }
      }
      #expect(isDeleted)
    }
    #expect(run.settle(duplicates: 3 * TortureBrokerFaultRun.inFlight) == [])
  }

  @Test(
    "a queue that refuses (max-length, reject-publish): what it nacks waits in the spool until there is room",
    .enabled(if: TortureTests.isLong))
  func refusing() throws {
    // The policy comes before the events: applied to a queue that holds more, RabbitMQ drops the oldest.
    let node = try RabbitNode.shared
    defer { _ = try? node.rabbitmqctl("clear_policy", "small") }
    try node.rabbitmqctl(
      "set_policy", "small", "_logbeacon$", #"{"max-length":20,"overflow":"reject-publish"}"#, "--apply-to", "queues")
    let run = try TortureBrokerFaultRun(node, ["BEACONGATE_ROLE": "ingest"])
    #expect(waitUntil(timeout: .seconds(20)) { run.spooled ?? 0 > 100 })
    #expect(run.goesOn())
    #expect(run.isWell())
    #expect(try TortureBrokerFaultRun.queues(of: run.node)["\(TortureEvent.domain)_logbeacon"] ?? 0 <= 40)
    let worker = try GatewayProcess(
      environment: TortureBrokerFaultRun.environment(run.sinks, url: run.node.url).merging(["BEACONGATE_ROLE": "worker"]
      ) {
        $1
      })
    #expect(worker.waitUntilHealthy(timeout: .seconds(30)))
    try node.rabbitmqctl("clear_policy", "small")
    #expect(run.settle(duplicates: 0) == [])
    worker.kill(SIGTERM)
    #expect(worker.wait() == .code(0))
  }

  @Test(
    "a user who may do nothing for a while (403): nothing counts as taken, and a few lines say so",
    .enabled(if: TortureTests.isLong))
  func forbidden() throws {
    let run = try TortureBrokerFaultRun(RabbitNode.shared)
    #expect(run.goesOn())
    try run.node.setPermissions("guest", configure: "^$", write: "^$", read: "^$")
    // RabbitMQ remembers permissions for a connection that is open.
    run.proxy.resetAll()
    #expect(waitUntil { run.health?.status == "warn" })
    #expect(run.goesOn(for: 400))
    let lines = run.gateway.standardError.split(separator: "\n").count
    try run.node.setPermissions("guest", configure: ".*", write: ".*", read: ".*")
    #expect(lines < 30, "\(lines) lines: \(run.gateway.standardError.suffix(1000))")
    #expect(run.settle(duplicates: TortureBrokerFaultRun.inFlight) == [])
  }

  @Test("a virtual host that comes late: events wait in the spool", .enabled(if: TortureTests.isLong))
  func noVirtualHost() throws {
    let node = try RabbitNode.shared
    let proxy = try TCPProxy(to: node.port)
    let run = try TortureBrokerFaultRun(
      node, ["BEACONGATE_BROKER_URLS": "amqp://guest:guest@127.0.0.1:\(proxy.port)/late"])
    #expect(run.says("warn", "cannot be reached"))
    #expect(run.goesOn())
    try node.rabbitmqctl("add_vhost", "late")
    defer { _ = try? node.rabbitmqctl("delete_vhost", "late") }
    try node.setPermissions("guest", vhost: "late", configure: ".*", write: ".*", read: ".*")
    #expect(run.settle(duplicates: 0) == [])
  }

  @Test("SIGTERM under load, again and again: every request is answered, nothing is lost, exit 0")
  func terminated() throws {
    try TortureShutdownRun(rounds: TortureShutdownRun.rounds).run()
  }

  @Test("a second SIGTERM, with a frozen broker: it ends at once, and nothing is lost")
  func hurried() throws {
    try TortureShutdownRun(rounds: 2, changes: ["BEACONGATE_SHUTDOWN_GRACE": "10m"], isFrozen: true) { gateway in
      _ = waitUntil { gateway.health() != 200 }
      gateway.kill(SIGTERM)
    }.run()
  }
}
