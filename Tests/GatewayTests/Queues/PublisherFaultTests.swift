import AMQP
import Core
import Fakes
import Platform
import Testing

@testable import Gateway

/// Against brokers that fail, on a node that other suites do not use.
@Suite("Publisher: faults", .serialized) struct PublisherFaultTests {
  private static let node = Result { try RabbitNode() }

  /// Beyond `confirm_timeout`, for the disk and a busy machine.
  private static let slack = Duration.seconds(15)

  @Test("without a broker everything goes to the spool at once, with one notice; workers get it after fallback_after")
  func noBroker() throws {
    var manner = PublisherBench.Manner()
    manner.fallbackAfter = .milliseconds(300)
    let bench = try PublisherBench(["amqp://guest:secret@127.0.0.1:\(freePort())"], manner)
    #expect(bench.store(CopyBatch(ids: ["1", "2"])) == .spooled)
    #expect(bench.store(CopyBatch()) == .spooled)
    let probe = try DeliveryProbe()
    bench.spool.consume(bench.name, prefetch: 10) { probe.receive($0) }
    #expect(probe.waitFor(2).map(\.messageID) == ["1", "2"])
    let status = bench.publisher.status
    #expect(status.condition == .away && !status.isConnected && status.note != "")
    #expect(bench.said("cannot be reached") == 1)
    #expect(!bench.notices.value.contains { $0.contains("secret") } && !status.note.contains("secret"))
    bench.stop(within: 0)
  }

  @Test("a URL that is not one is said, and everything goes to the spool")
  func badURL() throws {
    let bench = try PublisherBench(["amqp://%zz"])
    #expect(bench.store(CopyBatch(ids: ["1"])) == .spooled)
    #expect(waitUntil { bench.said("broker.urls") == 1 })
  }

  @Test("the broker is killed with hundreds of copies under way: all are answered, and all are there when it is back")
  func killed() throws {
    let node = try Self.node.get()
    let bench = try PublisherBench(node)
    // A queue that a hand has just declared may not survive.
    let topology = BrokerTopology(type: nil) { _, _ in }
    try topology.prepare(["\(bench.name)"], at: AMQPURL(node.url), AMQPConnection.Options(name: "test"))
    #expect(bench.waitUntil(.connected))
    let tally = PublisherTally()
    tally.store((0..<500).lazy.map { "before-\($0)" }, to: bench.publisher)
    node.kill()
    tally.store((0..<500).lazy.map { "after-\($0)" }, to: bench.publisher)
    let counts = tally.wait(for: 1000)
    #expect(counts.total == 1000 && counts.refused == 0)
    #expect(counts.slowest < .milliseconds(500) + Self.slack)
    #expect(bench.waitUntil(.away))
    try node.start()
    #expect(bench.waitUntil(.connected))
    #expect(waitUntil(timeout: .seconds(60)) { bench.isDrained() })
    #expect(bench.publisher.status.reconnects >= 1)
    #expect(bench.ledger.isBalanced)
    let hand = try BrokerHand(node.url)
    let depth = try #require(try hand.depth("\(bench.name)")).messages
    let ids = Set(try hand.take("\(bench.name)", depth).compactMap(\.properties.messageID))
    #expect(ids == Set((0..<500).flatMap { ["before-\($0)", "after-\($0)"] }))
  }

  @Test(
    "a frozen broker: answers come from the spool in time; thawed, late acks delete the spooled copies",
    arguments: [false, true])
  func frozen(packing: Bool) throws {
    let node = try Self.node.get()
    var manner = PublisherBench.Manner()
    manner.packing = packing
    let bench = try PublisherBench(node, manner)
    let hand = try BrokerHand(node.url)
    try hand.declare("\(bench.name)")
    #expect(bench.waitUntil(.connected))
    #expect(bench.store(CopyBatch(ids: ["0"])) == .confirmed)
    node.freeze()
    defer { node.thaw() }
    let tally = PublisherTally()
    tally.store((1...300).lazy.map(String.init), to: bench.publisher)
    let counts = tally.wait(for: 300)
    #expect(counts.spooled == 300)
    #expect(counts.slowest >= .milliseconds(400) && counts.slowest < .milliseconds(500) + Self.slack)
    #expect(bench.publisher.status.condition == .stalled)
    #expect(waitUntil { bench.ledger.timedOut == 300 && bench.spool.figures(bench.name).queued == 300 })
    // Straight to the spool while stalled.
    let began = ContinuousClock.now
    #expect(bench.store(CopyBatch(ids: ["late"])) == .spooled)
    #expect(ContinuousClock.now - began < Self.slack)
    node.thaw()
    #expect(bench.waitUntil(.connected))
    #expect(waitUntil(timeout: .seconds(60)) { bench.isDrained() })
    let ledger = bench.ledger
    #expect(ledger.timedOut == 0 && ledger.confirmed == 302 && ledger.isBalanced)
    // Nothing was lost, so nothing is there twice.
    let depth = try #require(try hand.depth("\(bench.name)")).messages
    let ids = try hand.take("\(bench.name)", depth).flatMap(\.ids)
    #expect(ids.count == 302 && Set(ids).count == 302)
    #expect((depth < 302) == packing)
    #expect(bench.publisher.status.reconnects == 0)
  }

  @Test("an alarm: the publisher does not hang, copies go to the spool and are published when it is over")
  func alarm() throws {
    let node = try Self.node.get()
    let bench = try PublisherBench(node)
    let hand = try BrokerHand(node.url)
    try hand.declare("\(bench.name)")
    #expect(bench.waitUntil(.connected))
    try node.alarm(on: true)
    // The broker tells a connection of its alarm when it publishes.
    #expect(bench.store(CopyBatch(ids: ["1"])) != nil)
    #expect(bench.waitUntil(.blocked))
    #expect(bench.publisher.status.isBlocked)
    let tally = PublisherTally()
    tally.store((2...200).lazy.map(String.init), to: bench.publisher)
    #expect(tally.wait(for: 199).spooled == 199)
    #expect(bench.said("alarm (") == 1)
    try node.alarm(on: false)
    #expect(bench.waitUntil(.connected))
    #expect(waitUntil(timeout: .seconds(60)) { bench.isDrained() })
    let ids = Set(try hand.take("\(bench.name)", 200).compactMap(\.properties.messageID))
    #expect(ids.count == 200)
  }

  @Test("a send that hangs costs the link, no answer; the next link publishes what was spooled")
  func hangingSend() throws {
    let node = try RabbitNode.shared
    let proxy = try TCPProxy(to: node.port)
    var manner = PublisherBench.Manner()
    manner.patience = .seconds(1)
    manner.heartbeat = .seconds(1)
    let bench = try PublisherBench(["amqp://guest:guest@127.0.0.1:\(proxy.port)"], manner)
    let hand = try BrokerHand(node.url)
    try hand.declare("\(bench.name)")
    #expect(bench.waitUntil(.connected))
    proxy.hold([.toServer])
    let tally = PublisherTally()
    tally.store(
      (0..<800).lazy.map(String.init), to: bench.publisher, body: String(repeating: "x", count: 16_000))
    let counts = tally.wait(for: 800)
    #expect(counts.spooled == 800)
    #expect(counts.slowest < .milliseconds(500) + Self.slack)
    #expect(bench.waitUntil(.away))
    proxy.hold([])
    #expect(bench.waitUntil(.connected))
    #expect(waitUntil(timeout: .seconds(60)) { bench.isDrained() })
    #expect(bench.publisher.status.reconnects >= 1 && bench.ledger.isBalanced)
    let depth = try #require(try hand.depth("\(bench.name)")).messages
    let ids = Set(try hand.take("\(bench.name)", depth).compactMap(\.properties.messageID))
    #expect(ids.count == 800)
  }

  @Test("a link that breaks again and again loses nothing, and is not tried in a loop")
  func resets() throws {
    let node = try RabbitNode.shared
    let proxy = try TCPProxy(to: node.port)
    let bench = try PublisherBench(["amqp://guest:guest@127.0.0.1:\(proxy.port)"])
    let hand = try BrokerHand(node.url)
    try hand.declare("\(bench.name)")
    let tally = PublisherTally()
    let began = ContinuousClock.now
    for round in 0..<8 {
      #expect(bench.waitUntil(.connected))
      tally.store((0..<50).lazy.map { "\(round)-\($0)" }, to: bench.publisher)
      proxy.resetAll()
      #expect(waitUntil { bench.publisher.status.reconnects > round || bench.publisher.status.condition == .away })
    }
    let counts = tally.wait(for: 400)
    #expect(counts.total == 400 && counts.refused == 0)
    #expect(proxy.connectionCount <= Int((ContinuousClock.now - began) / .milliseconds(200)) + 2)
    #expect(bench.waitUntil(.connected))
    #expect(waitUntil(timeout: .seconds(60)) { bench.isDrained() })
    let depth = try #require(try hand.depth("\(bench.name)")).messages
    #expect(Set(try hand.take("\(bench.name)", depth).compactMap(\.properties.messageID)).count == 400)
  }

  @Test("a user who may not publish: nothing counts as accepted, everything is in the spool, and the notices are few")
  func forbidden() throws {
    let node = try RabbitNode.shared
    let user = "reader\(UInt32.random(in: 0 ... .max))"
    try node.addUser(user, password: "secret", write: "^$")
    let bench = try PublisherBench([node.url(user: user, password: "secret")])
    try BrokerHand(node.url).declare("\(bench.name)")
    #expect(bench.waitUntil(.connected))
    // Each link ends with the first copy that is published on it, one from the spool if need be.
    for id in 0..<5 { #expect(bench.store(CopyBatch(ids: ["\(id)"])) == .spooled) }
    #expect(waitUntil { bench.publisher.status.reconnects >= 4 })
    #expect(bench.spool.figures(bench.name).queued == 5)
    #expect(bench.ledger.confirmed == 0 && bench.ledger.isBalanced)
    #expect(bench.said("ACCESS_REFUSED") == 1 && bench.notices.value.count <= 3)
  }

  @Test("stop spools what the broker does not confirm in time; the next start publishes it")
  func stopped() throws {
    let node = try RabbitNode.shared
    let proxy = try TCPProxy(to: node.port)
    let folder = try TemporaryDirectory()
    let domain = "p\(UInt32.random(in: 0 ... .max)).example"
    var manner = PublisherBench.Manner()
    manner.folder = folder
    manner.confirmTimeout = .seconds(60)
    let hand = try BrokerHand(node.url)
    try hand.declare("\(domain)_logbeacon")
    let tally = PublisherTally()
    do {
      let bench = try PublisherBench(["amqp://guest:guest@127.0.0.1:\(proxy.port)"], domain: domain, manner)
      #expect(bench.waitUntil(.connected))
      proxy.hold([.toClient])
      tally.store((0..<20).lazy.map(String.init), to: bench.publisher)
      let began = ContinuousClock.now
      bench.stop(within: 300_000_000)
      #expect(ContinuousClock.now - began < Self.slack)
    }
    #expect(tally.counts.value.spooled == 20)
    proxy.hold([])
    let bench = try PublisherBench([node.url], domain: domain, manner)
    #expect(bench.waitUntil(.connected))
    #expect(waitUntil(timeout: .seconds(30)) { bench.isDrained() })
    let depth = try #require(try hand.depth("\(domain)_logbeacon")).messages
    #expect(depth >= 20 && depth <= 40)
    #expect(Set(try hand.take("\(domain)_logbeacon", depth).compactMap(\.properties.messageID)).count == 20)
  }

  @Test("a second signal ends the wait of a stop")
  func hurried() throws {
    let node = try RabbitNode.shared
    let proxy = try TCPProxy(to: node.port)
    var manner = PublisherBench.Manner()
    manner.confirmTimeout = .seconds(600)
    let bench = try PublisherBench(["amqp://guest:guest@127.0.0.1:\(proxy.port)"], manner)
    #expect(bench.waitUntil(.connected))
    proxy.hold([.toClient])
    let tally = PublisherTally()
    tally.store(["1"], to: bench.publisher)
    #expect(waitUntil { bench.ledger.outstanding == 1 })
    // It may come before the stop has got so far.
    bench.publisher.hurry()
    bench.stop(within: 600_000_000_000)
    #expect(tally.counts.value.spooled == 1)
  }

  @Test("a late copy that the spool has no room for is refused in time, and its late ack does no harm")
  func lateAndFull() throws {
    let node = try RabbitNode.shared
    let proxy = try TCPProxy(to: node.port)
    var manner = PublisherBench.Manner()
    manner.maxSpoolBytes = 4096
    let bench = try PublisherBench(["amqp://guest:guest@127.0.0.1:\(proxy.port)"], manner)
    let hand = try BrokerHand(node.url)
    try hand.declare("\(bench.name)")
    #expect(bench.waitUntil(.connected))
    proxy.hold([.toClient])
    let batch = CopyBatch(ids: ["1", "2"], body: String(repeating: "x", count: 8192))
    #expect(bench.store(batch) == .unavailable(.full))
    proxy.hold([])
    #expect(bench.waitUntil(.connected))
    #expect(bench.store(batch) == .confirmed)
    #expect(waitUntil { bench.ledger.confirmed == 4 && bench.ledger.timedOut == 0 })
    #expect(try hand.depth("\(bench.name)")?.messages == 4)
  }

  @Test("with spool and broker gone a batch is refused, and nothing of it is forgotten that was taken")
  func nothingLeft() throws {
    var manner = PublisherBench.Manner()
    manner.maxSpoolBytes = 4096
    let bench = try PublisherBench(["amqp://127.0.0.1:\(freePort())"], manner)
    #expect(bench.store(CopyBatch(ids: ["1"], body: String(repeating: "x", count: 8192))) == .unavailable(.full))
  }
}
