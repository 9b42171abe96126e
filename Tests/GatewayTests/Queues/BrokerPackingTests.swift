import AMQP
import Core
import Fakes
import Platform
import Testing

@testable import Gateway

/// Many copies in one message, from the publisher to the ack.
@Suite("Packed messages", .serialized) struct BrokerPackingTests {
  private let node: RabbitNode
  private let hand: BrokerHand

  init() throws {
    node = try .shared
    hand = try BrokerHand(node.url)
  }

  private func packer() throws -> PublisherBench {
    var manner = PublisherBench.Manner()
    manner.packing = true
    return try PublisherBench(node, manner)
  }

  /// Everything that lies in the queue.
  private func takeAll(_ name: QueueName) throws -> [AMQPDelivery] {
    let depth = try #require(try hand.depth("\(name)")).messages
    return depth > 0 ? try hand.take("\(name)", depth) : []
  }

  // MARK: The publisher

  @Test(
    "copies that are handed in together share messages, each with what it would carry alone; a lone one is as before")
  func published() throws {
    let bench = try packer()
    try hand.declare("\(bench.name)")
    #expect(bench.waitUntil(.connected))
    var batch = CopyBatch(ids: (0..<600).map { "c\($0)" }, body: #"{"n":1}"#)
    let digest = try #require(ContentDigest(hex: String(repeating: "5e", count: 32)))
    let start = batch.bytes.count
    digest.append(to: &batch.bytes)
    let first = batch.rows[0]
    batch.rows[0] = CopyBatch.Row(
      queue: first.queue, audience: nil, id: first.id, body: first.body, digest: start..<batch.bytes.count)
    #expect(bench.store(batch) == .confirmed)
    let messages = try takeAll(bench.name)
    #expect(messages.map(\.ids.count) == [256, 256, 88])
    #expect(messages.flatMap(\.ids) == (0..<600).map { "c\($0)" })
    #expect(
      messages[0].properties
        == AMQPProperties(messageID: "c0", type: CopyPack.type, contentType: CopyPack.contentType))
    let body = messages[0].body
    let items = CopyPack(body.span)?.items ?? []
    #expect(items.prefix(2).map(\.digest) == [digest, nil] && items.allSatisfy { $0.attempt == 0 })
    #expect(items.allSatisfy { body[$0.body].elementsEqual(#"{"n":1}"#.utf8) })
    #expect(waitUntil { bench.ledger.confirmed == 600 && bench.ledger.published == 600 })
    #expect(bench.publisher.status.confirmSeconds.counts.reduce(0, +) == 600)
    #expect(bench.store(CopyBatch(ids: ["lone"])) == .confirmed)
    let lone = try #require(try takeAll(bench.name).first)
    #expect(lone.properties.messageID == "lone" && lone.properties.contentType == MessageProperties.contentType)
  }

  @Test("a pack that no queue takes sends every copy to the spool, from where packs go once the queue is there")
  func returned() throws {
    let bench = try packer()
    try hand.declare("\(bench.telegram)")
    #expect(bench.waitUntil(.connected))
    var batch = CopyBatch(ids: (0..<300).map { "m\($0)" })
    batch.rows.append(
      CopyBatch.Row(
        queue: QueueID(domain: 0, sink: .telegram), audience: .developer, id: batch.rows[0].id,
        body: batch.rows[0].body))
    #expect(bench.store(batch) == .mixed(Array(repeating: .spooled, count: 300) + [.confirmed]))
    try hand.declare("\(bench.name)")
    #expect(waitUntil(timeout: .seconds(30)) { bench.isDrained() })
    let messages = try takeAll(bench.name)
    #expect(messages.flatMap(\.ids).sorted() == (0..<300).map { "m\($0)" }.sorted())
    #expect(messages.count < 100)
    #expect(bench.ledger.returned >= 300 && bench.ledger.isBalanced)
    #expect(try takeAll(bench.telegram).flatMap(\.ids) == ["m0.developer"])
    let ledger = try #require(bench.spool.ledger(bench.name))
    #expect(ledger.stored == 300 && ledger.republished == 300)
  }

  @Test("a pack that a full queue refuses stays in the spool whole, and one that it takes is confirmed whole")
  func nacked() throws {
    let bench = try packer()
    try hand.declare("\(bench.name)", ["x-max-length": .integer(1), "x-overflow": .string("reject-publish")])
    #expect(bench.waitUntil(.connected))
    #expect(bench.store(CopyBatch(ids: ["a", "b", "c"])) == .confirmed)
    #expect(bench.store(CopyBatch(ids: ["d", "e"])) == .spooled)
    #expect(waitUntil { bench.ledger.nacked >= 2 })
    var ids: [String] = []
    #expect(
      waitUntil(timeout: .seconds(30)) {
        ids += (try? takeAll(bench.name))?.flatMap(\.ids) ?? []
        return ids.count >= 5
      })
    #expect(ids == ["a", "b", "c", "d", "e"])
    #expect(waitUntil(timeout: .seconds(30)) { bench.isDrained() })
    #expect(bench.ledger.isBalanced)
  }

  // MARK: The consumer

  private func pack(_ ids: [String], attempt: Int = 0) -> String {
    var bytes: [UInt8] = []
    CopyPack.appendOpening(count: ids.count, to: &bytes)
    for id in ids {
      CopyPack.append(
        id: id, attempt: attempt, digest: nil, body: "{\"id\":\"\(id)\"}".utf8.span, to: &bytes)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test("every copy of a pack is settled alone, and the message is acked with the last of them")
  func settled() throws {
    let bench = try BrokerBench(node)
    let probe = try DeliveryProbe()
    #expect(bench.consume(probe))
    try hand.publish("\(bench.name)", pack(["a", "b", "c", "d"], attempt: 2))
    try hand.publish("\(bench.name)", ids: ["plain"])
    let given = probe.waitFor(5)
    #expect(given.map(\.messageID) == ["a", "b", "c", "d", "plain"])
    #expect(given.map(\.attempt) == [2, 2, 2, 2, 0] && Set(given.map(\.tag)).count == 5)
    #expect(given[1].body == Array(#"{"id":"b"}"#.utf8))
    #expect(waitUntil { bench.consumer.unsettled(bench.name) == 5 })
    bench.settle([given[0]], .delivered)
    bench.settle([given[1]], .parked(Parking(dueAt: Clock.unixMilliseconds() + 3_600_000, lane: "x", attempt: 3)))
    let note = DeathNote(reason: .unreadable, attempt: 2, lastStatus: 0, lastError: "")
    bench.settle([given[2]], .dead(note))
    #expect(waitUntil { bench.consumer.unsettled(bench.name) == 2 })
    #expect(bench.embedded.figures(bench.name).parked == 1)
    #expect(bench.letters.value.sent.map(\.messageID) == ["c"])
    #expect(bench.letters.value.sent[0].body == Array(#"{"id":"c"}"#.utf8))
    bench.settle([given[3]], .returned)
    #expect(waitUntil { bench.consumer.unsettled(bench.name) == 1 })
    bench.stop()
    // The pack is gone; what was not settled is back.
    #expect(try takeAll(bench.name).map(\.properties.messageID) == ["plain"])
  }

  @Test("a pack of which one copy is not settled when the worker ends comes again, whole")
  func redelivered() throws {
    let bench = try BrokerBench(node)
    let probe = try DeliveryProbe()
    #expect(bench.consume(probe))
    try hand.publish("\(bench.name)", pack(["a", "b"]))
    bench.settle(probe.waitFor(2).prefix(1), .delivered)
    #expect(waitUntil { bench.consumer.unsettled(bench.name) == 1 })
    bench.stop()
    let again = try takeAll(bench.name)
    #expect(again.map(\.ids) == [["a", "b"]] && again[0].isRedelivered)
  }

  @Test("what begins like a pack and is none reaches the worker as it came, to be buried as unreadable")
  func unreadable() throws {
    let bench = try BrokerBench(node)
    let probe = try DeliveryProbe()
    #expect(bench.consume(probe))
    let broken = pack(["a", "b"]) + "x"
    try hand.publish("\(bench.name)", broken, AMQPProperties(messageID: "a"))
    let given = probe.waitFor(1)
    #expect(given.map(\.messageID) == ["a"] && given.first?.body == Array(broken.utf8))
    bench.settle(given, .delivered)
    #expect(waitUntil { bench.consumer.unsettled(bench.name) == 0 })
  }

  @Test("a worker that wants so many copies has them at most, and the rest of the pack that it is in")
  func prefetch() throws {
    let bench = try BrokerBench(node)
    let probe = try DeliveryProbe()
    try hand.declare("\(bench.name)")
    for message in 0..<6 { try hand.publish("\(bench.name)", pack((0..<8).map { "\(message)-\($0)" })) }
    #expect(bench.consume(probe, prefetch: 10))
    var settled = 0
    var most = 0
    #expect(
      waitUntil(timeout: .seconds(30)) {
        let given = probe.waitFor(settled + 1)
        most = max(most, given.count - settled)
        bench.settle(given[settled...].prefix(3), .delivered)
        settled += min(3, given.count - settled)
        return settled == 48
      })
    #expect(most <= 10 + 7)
    #expect(probe.waitFor(48).map(\.messageID) == (0..<6).flatMap { message in (0..<8).map { "\(message)-\($0)" } })
    #expect(waitUntil { bench.consumer.unsettled(bench.name) == 0 })
    bench.stop()
    #expect(try hand.depth("\(bench.name)")?.messages == 0)
  }

  @Test("packs that a worker has no room for are opened when it takes no more, and parked by it")
  func cancelled() throws {
    let bench = try BrokerBench(node)
    let probe = try DeliveryProbe()
    try hand.declare("\(bench.name)")
    for message in 0..<3 { try hand.publish("\(bench.name)", pack(["\(message)-a", "\(message)-b"])) }
    #expect(bench.consume(probe, prefetch: 2))
    #expect(probe.waitFor(2).count == 2)
    bench.consumer.cancel(bench.name)
    #expect(waitUntil { probe.waitFor(2).count >= 4 })
    bench.embedded.cancel(bench.name)
    bench.settle(probe.waitFor(4), .returned)
    #expect(waitUntil { bench.embedded.figures(bench.name).parked == probe.waitFor(4).count })
  }
}

extension AMQPDelivery {
  /// Of the copies in it.
  var ids: [String] {
    guard let pack = CopyPack(body.span) else { return [properties.messageID ?? ""] }
    return pack.items.map { String(decoding: body[$0.id], as: UTF8.self) }
  }
}
