import AMQP
import Core
import Fakes
import Platform
import Testing

@testable import Gateway

@Suite("BrokerConsumer", .serialized) struct BrokerConsumerTests {
  private let node: RabbitNode
  private let hand: BrokerHand
  private let probe: DeliveryProbe

  init() throws {
    node = try .shared
    hand = try BrokerHand(node.url)
    probe = try DeliveryProbe()
  }

  /// Nothing is left in the queue and nothing is unacked: what is given out comes back when its consumer is gone.
  private func isEmpty(_ bench: BrokerBench) throws -> Bool {
    bench.stop()
    return try waitUntil { try hand.depth("\(bench.name)")?.consumers == 0 }
      && hand.depth("\(bench.name)")?.messages == 0
  }

  @Test("a queue that does not exist is declared plain durable, consumed, and emptied by acks")
  func consumed() throws {
    let bench = try BrokerBench(node)
    #expect(bench.consume(probe))
    // As an older program declares it.
    try hand.declare("\(bench.name)")
    #expect(bench.said("did not exist and was declared") == 1)
    let ids = (0..<25).map { "id-\($0)" }
    try hand.publish("\(bench.name)", ids: ids)
    var seen: [Delivery] = []
    while seen.count < 25 {
      let all = probe.waitFor(min(25, seen.count + 10))
      let new = all.dropFirst(seen.count)
      try #require(!new.isEmpty)
      #expect(bench.consumer.unsettled(bench.name) <= 10)
      bench.settle(new, .delivered)
      seen = all
    }
    #expect(seen.map(\.messageID) == ids)
    #expect(seen.allSatisfy { $0.attempt == 0 && !$0.isRedelivered && !$0.isParked && $0.queue == bench.name })
    #expect(try isEmpty(bench))
  }

  @Test("a worker that does not get on takes no more from a queue that it shares, and fewer at a time from then on")
  func slowWorker() throws {
    var settings = BrokerBench.Settings(url: node.url)
    settings.watchSpan = 200
    let bench = try BrokerBench(settings)
    #expect(bench.consume(probe, prefetch: 64, mode: .sharing(least: 4)))
    try hand.publish("\(bench.name)", ids: (0..<300).map { "id-\($0)" })
    let first = probe.waitFor(64)
    #expect(first.count == 64)
    #expect(try waitUntil { try hand.depth("\(bench.name)")?.consumers == 0 })
    #expect(bench.condition == .consuming)
    bench.settle(first[..<61], .delivered)
    #expect(waitUntil { bench.consumer.unsettled(bench.name) == 3 })
    #expect(try hand.depth("\(bench.name)")?.consumers == 0)
    bench.settle(first[61..<62], .delivered)
    #expect(probe.waitFor(96).count == 96)
    #expect(try hand.depth("\(bench.name)")?.messages == 300 - 96)
    // Two of them are from the consumer before.
    #expect(bench.consumer.unsettled(bench.name) == 34)
    // It has become quick, and has all that it may have again.
    var settled = 62
    while settled < 300 {
      let all = probe.waitFor(settled + 1)
      try #require(all.count > settled)
      bench.settle(all[settled...], .delivered)
      settled = all.count
      #expect(bench.consumer.unsettled(bench.name) <= 64 + 2)
    }
    #expect(try isEmpty(bench))
  }

  @Test(
    "a worker that settles what it is given in no time is given more", arguments: [Settings.QueueType.classic, .quorum])
  func quickWorker(_ type: Settings.QueueType) throws {
    var settings = BrokerBench.Settings(url: node.url)
    settings.queueType = type
    settings.watchSpan = 20_000
    let bench = try BrokerBench(settings)
    #expect(bench.consume(probe, prefetch: 100, mode: .sharing(least: 4)))
    try hand.publish("\(bench.name)", ids: (0..<1000).map { "id-\($0)" })
    var settled = 0
    // Until so many come at once.
    while !waitUntil(timeout: .milliseconds(200), { bench.consumer.unsettled(bench.name) > 100 }) {
      let all = probe.waitFor(settled + 1)
      try #require(all.count > settled)
      bench.settle(all[settled...], .delivered)
      settled = all.count
    }
    #expect(settled >= 200)
    // On top of what it has from the consumer before.
    #expect(waitUntil { (200...300).contains(bench.consumer.unsettled(bench.name)) })
    #expect(waitUntil { (try? hand.depth("\(bench.name)")?.consumers) == 1 })
  }

  @Test("attempts are read from the header, nonsense counts as none")
  func attempts() throws {
    let bench = try BrokerBench(node)
    #expect(bench.consume(probe))
    for value in [.integer(3), .string("4"), .integer(-1), .string("many")] as [AMQPValue] {
      try hand.publish("\(bench.name)", "{}", AMQPProperties(messageID: "a", headers: ["x-attempt": value]))
    }
    #expect(probe.waitFor(4).map(\.attempt) == [3, 4, 0, 0])
  }

  @Test("an older producer's message without an id gets the same one each time, from its body")
  func withoutID() throws {
    let bench = try BrokerBench(node)
    #expect(bench.consume(probe))
    for body in ["{\"a\":1}", "{\"a\":2}", "{\"a\":1}"] { try hand.publish("\(bench.name)", body) }
    let ids = probe.waitFor(3).map(\.messageID)
    try #require(ids.count == 3)
    #expect(ids[0] == ids[2] && ids[0] != ids[1])
    #expect(ids.allSatisfy { $0.count == 16 && $0.allSatisfy { $0.isHexDigit } })
  }

  @Test("after a broken link copies come again under new tags, and settlements of old ones are ignored")
  func brokenLink() throws {
    let proxy = try TCPProxy(to: node.port)
    let bench = try BrokerBench(BrokerBench.Settings(url: "amqp://127.0.0.1:\(proxy.port)"))
    #expect(bench.consume(probe))
    try hand.publish("\(bench.name)", ids: ["a", "b"])
    let first = probe.waitFor(2)
    proxy.resetAll()
    let all = probe.waitFor(4)
    try #require(all.count == 4)
    #expect(Set(all[2...].map(\.messageID)) == ["a", "b"])
    #expect(all[2...].map(\.isRedelivered) == [true, true])
    #expect(Set(all.map(\.tag)).count == 4)
    bench.settle(first, .delivered)
    bench.settle([all[2]], .delivered)
    #expect(waitUntil { bench.consumer.unsettled(bench.name) == 1 })
    #expect(bench.consumer.status.reconnects == 1)
    bench.stop()
    #expect(try waitUntil { try hand.depth("\(bench.name)")?.messages == 1 })
  }

  @Test("a link that goes silent is given up, and copies come again by the next")
  func silentLink() throws {
    let proxy = try TCPProxy(to: node.port)
    var settings = BrokerBench.Settings(url: "amqp://127.0.0.1:\(proxy.port)")
    settings.heartbeat = .seconds(1)
    let bench = try BrokerBench(settings)
    #expect(bench.consume(probe))
    try hand.publish("\(bench.name)", ids: ["a"])
    let first = probe.waitFor(1)
    // A worker that takes its time costs no heartbeat.
    #expect(!waitUntil(timeout: .seconds(4)) { !bench.consumer.status.isConnected })
    #expect(bench.consumer.status.reconnects == 0)
    proxy.hold([.toServer, .toClient])
    #expect(waitUntil { !bench.consumer.status.isConnected })
    bench.settle(first, .delivered)
    proxy.hold([])
    let all = probe.waitFor(2)
    #expect(all.map(\.messageID) == ["a", "a"])
    #expect(bench.said("the broker is lost") == 1 && bench.said("has its broker again") == 1)
    #expect(bench.said("cannot be reached") == 0)
  }

  @Test("a queue that is deleted is declared and consumed again")
  func deleted() throws {
    let bench = try BrokerBench(node)
    #expect(bench.consume(probe))
    try hand.delete("\(bench.name)")
    #expect(waitUntil { bench.said("cannot be consumed and is tried again") == 1 })
    #expect(waitUntil { bench.condition == .consuming })
    try hand.publish("\(bench.name)", ids: ["a"])
    #expect(probe.waitFor(1).map(\.messageID) == ["a"])
    #expect(bench.said("is consumed") == 1)
  }

  @Test("of two workers one consumes a telegram queue; the other stands by and takes over")
  func lock() throws {
    let first = try BrokerBench(node, sink: .telegram)
    #expect(first.consume(probe))
    let second = try BrokerBench(node, sink: .telegram, domain: first.domain)
    let secondProbe = try DeliveryProbe()
    second.consumer.consume(second.name, prefetch: 10) { secondProbe.receive($0) }
    #expect(waitUntil { second.said("this one stands by") == 1 })
    #expect(second.condition == .standingBy)
    try hand.publish("\(first.name)", ids: ["a", "b"])
    let deliveries = probe.waitFor(2)
    try #require(deliveries.count == 2)
    first.settle([deliveries[0]], .delivered)
    first.stop()
    #expect(secondProbe.waitFor(1).map(\.messageID) == ["b"])
    #expect(second.said("stands by") == 1)
    #expect(second.said("is consumed") == 2)
  }

  @Test("two workers share a logbeacon queue")
  func shared() throws {
    let first = try BrokerBench(node)
    let second = try BrokerBench(node, domain: first.domain)
    let secondProbe = try DeliveryProbe()
    #expect(first.consume(probe) && second.consume(secondProbe))
    try hand.publish("\(first.name)", ids: (0..<10).map { "\($0)" })
    #expect(probe.waitFor(5).count == 5)
    #expect(secondProbe.waitFor(5).count == 5)
  }

  @Test("a queue that refuses to be consumed takes nothing back from the others")
  func isolation() throws {
    let user = "u\(UInt32.random(in: 0 ... .max))"
    var settings = BrokerBench.Settings(url: node.url(user: user, password: "pw"))
    settings.others = ["no\(settings.domain)"]
    try node.addUser(user, password: "pw", read: "^d.*")
    let bench = try BrokerBench(settings)
    #expect(bench.consume(probe))
    try hand.publish("\(bench.name)", ids: ["a"])
    #expect(probe.waitFor(1).count == 1)
    bench.consumer.consume(bench.names[1], prefetch: 1) { [probe] in probe.receive($0) }
    #expect(waitUntil { bench.said("ACCESS_REFUSED") == 1 })
    // Refused more than once by now, and said once.
    #expect(waitUntil { bench.consumer.status.queues[1].note.contains("ACCESS_REFUSED") })
    bench.settle(probe.waitFor(1), .delivered)
    #expect(waitUntil { bench.consumer.unsettled(bench.name) == 0 })
    #expect(probe.waitFor(1).count == 1)
    #expect(bench.condition == .consuming && bench.consumer.status.reconnects == 0)
    #expect(bench.said("ACCESS_REFUSED") == 1)
    #expect(try isEmpty(bench))
  }

  @Test("the queues of many domains are consumed by one connection, each on its own channel")
  func manyDomains() throws {
    var settings = BrokerBench.Settings(url: node.url)
    settings.others = (1..<min(40, AMQPConnection.maxChannels)).map { "\($0)\(settings.domain)" }
    let bench = try BrokerBench(settings)
    for queue in bench.names.indices { #expect(bench.consume(probe, queue: queue)) }
    for name in bench.names { try hand.publish("\(name)", ids: ["\(name)"]) }
    let deliveries = probe.waitFor(bench.names.count)
    #expect(Set(deliveries.map(\.messageID)) == Set(bench.names.map { "\($0)" }))
    #expect(deliveries.allSatisfy { $0.messageID == "\($0.queue)" })
    bench.settle(deliveries, .delivered)
    bench.stop()
    for name in bench.names { #expect(try hand.depth("\(name)")?.messages == 0) }
  }

  @Test("a broker that allows fewer channels than there are queues: the first are consumed, and it is said")
  func fewChannels() throws {
    let node = try RabbitNode(configuration: ["channel_max = 8"])
    let proxy = try TCPProxy(to: node.port)
    var settings = BrokerBench.Settings(url: "amqp://127.0.0.1:\(proxy.port)")
    settings.others = (1..<12).map { "\($0)\(settings.domain)" }
    let bench = try BrokerBench(settings)
    for name in bench.names { bench.consumer.consume(name, prefetch: 1) { [probe] in probe.receive($0) } }
    for _ in 0..<2 {
      #expect(waitUntil { (0..<8).allSatisfy { bench.condition(of: $0) == .consuming } })
      #expect((8..<12).allSatisfy { bench.condition(of: $0) == .away })
      bench.consumer.cancel(bench.names[9])
      proxy.resetAll()
      #expect(waitUntil { !bench.consumer.status.isConnected })
    }
    #expect(waitUntil { bench.said("allows 8 channels") == 3 })
    let hand = try BrokerHand(node.url)
    for index in [0, 7] { try hand.publish("\(bench.names[index])", ids: ["\(index)"]) }
    #expect(Set(probe.waitFor(2).map(\.messageID)) == ["0", "7"])
  }

  @Test("a cancelled queue gives nothing; consumed again it goes on, also with another prefetch")
  func cancelled() throws {
    let bench = try BrokerBench(node)
    #expect(bench.consume(probe))
    bench.consumer.cancel(bench.name)
    #expect(waitUntil { bench.condition == .resting })
    try hand.publish("\(bench.name)", ids: ["a", "b", "c"])
    #expect(try hand.depth("\(bench.name)")?.messages == 3)
    #expect(bench.consume(probe, prefetch: 1))
    #expect(probe.waitFor(1).count == 1)
    #expect(try hand.depth("\(bench.name)")?.messages == 2)
    #expect(bench.consume(probe, prefetch: 2))
    #expect(probe.waitFor(3).count == 3)
  }
}
