import AMQP
import Core
import Fakes
import Platform
import Testing

@testable import Gateway

/// Against a broker that is well.
@Suite("Publisher", .serialized) struct PublisherTests {
  private let node: RabbitNode
  private let hand: BrokerHand

  private static let body =
    #"{"v":1,"id":"a","timestamp":"2025-01-15T02:30:00.000Z","domain":"d","program_name":"shop","level":1}"#

  init() throws {
    node = try .shared
    hand = try BrokerHand(node.url)
  }

  @Test("a batch is confirmed, and its messages carry what the contract says")
  func confirmed() throws {
    let bench = try PublisherBench(node)
    try hand.declare("\(bench.name)")
    try hand.declare("\(bench.telegram)")
    #expect(bench.waitUntil(.connected))
    var batch = CopyBatch(ids: ["a", "b"], body: Self.body)
    let other = CopyBatch(
      ids: ["a"], queue: QueueID(domain: 0, sink: .telegram), audience: .customer, body: #"{"old":true}"#)
    let offset = batch.bytes.count
    batch.bytes += other.bytes
    batch.rows += other.rows.map {
      CopyBatch.Row(
        queue: $0.queue, audience: $0.audience, id: $0.id.lowerBound + offset..<$0.id.upperBound + offset,
        body: $0.body.lowerBound + offset..<$0.body.upperBound + offset)
    }
    #expect(bench.store(batch) == .confirmed)
    let messages = try hand.take("\(bench.name)", 2)
    #expect(messages.map(\.properties.messageID) == ["a", "b"])
    #expect(messages[0].body == Array(Self.body.utf8))
    #expect(
      messages[0].properties
        == AMQPProperties(
          messageID: "a", appID: "shop", type: MessageProperties.type, contentType: MessageProperties.contentType,
          timestamp: 1_736_908_200,
          headers: [MessageHeader.attempt.rawValue: .integer(0)]))
    let foreign = try #require(try hand.take("\(bench.telegram)", 1).first)
    #expect(foreign.properties.messageID == "a.customer")
    #expect(foreign.properties.appID == nil && foreign.properties.type == nil)
    #expect(waitUntil { bench.ledger.confirmed == 3 && bench.ledger.outstanding == 0 })
    #expect(bench.publisher.status.confirmSeconds.counts.reduce(0, +) == 3)
    #expect(bench.spool.figures(bench.name).queued == 0)
  }

  @Test("many batches from several threads are all confirmed, and the broker has every copy once")
  func many() throws {
    let bench = try PublisherBench(node)
    try hand.declare("\(bench.name)")
    #expect(bench.waitUntil(.connected))
    let tally = PublisherTally()
    let publisher = bench.publisher
    let threads = (0..<4).map { thread in
      NamedThread("storing") { tally.store((0..<1000).lazy.map { "\(thread)-\($0)" }, to: publisher) }
    }
    for thread in threads { thread.join() }
    let counts = tally.wait(for: 4000)
    #expect(counts.confirmed + counts.spooled == 4000)
    #expect(waitUntil(timeout: .seconds(30)) { bench.isDrained() })
    let ids = try hand.take("\(bench.name)", 4000).compactMap(\.properties.messageID)
    #expect(Set(ids).count == 4000)
    #expect(try hand.depth("\(bench.name)")?.messages == 0)
    #expect(bench.ledger.isBalanced)
  }

  @Test("copies of a missing queue go to the spool, the queue is reported, and once it is there they are published")
  func missingQueue() throws {
    let bench = try PublisherBench(node)
    #expect(bench.waitUntil(.connected))
    let ids = (0..<50).map { "m\($0)" }
    #expect(bench.store(CopyBatch(ids: ids)) == .spooled)
    #expect(bench.missing.value.first == bench.name)
    #expect(bench.said("does not exist") == 1)
    try hand.declare("\(bench.name)")
    #expect(waitUntil(timeout: .seconds(30)) { bench.isDrained() })
    #expect(Set(try hand.take("\(bench.name)", 50).compactMap(\.properties.messageID)) == Set(ids))
    #expect(bench.ledger.returned >= 50 && bench.ledger.isBalanced)
    let ledger = try #require(bench.spool.ledger(bench.name))
    #expect(ledger.stored == 50 && ledger.republished == 50)
    #expect(bench.missing.value.count < 50)
  }

  @Test("a batch of which only some copies are returned is told row by row")
  func mixed() throws {
    let bench = try PublisherBench(node)
    try hand.declare("\(bench.name)")
    #expect(bench.waitUntil(.connected))
    var batch = CopyBatch(ids: ["x", "y"])
    batch.rows.append(
      CopyBatch.Row(
        queue: QueueID(domain: 0, sink: .telegram), audience: .developer, id: batch.rows[0].id,
        body: batch.rows[0].body))
    #expect(bench.store(batch) == .mixed([.confirmed, .confirmed, .spooled]))
    try hand.declare("\(bench.telegram)")
    #expect(waitUntil(timeout: .seconds(30)) { bench.isDrained() })
    #expect(try hand.take("\(bench.telegram)", 1).first?.properties.messageID == "x.developer")
  }

  @Test("what a full queue refuses stays in the spool and is published when there is room")
  func nacked() throws {
    let bench = try PublisherBench(node)
    try hand.declare("\(bench.name)", ["x-max-length": .integer(1), "x-overflow": .string("reject-publish")])
    #expect(bench.waitUntil(.connected))
    #expect(bench.store(CopyBatch(ids: ["1"])) == .confirmed)
    #expect(bench.store(CopyBatch(ids: ["2", "3"])) == .spooled)
    #expect(waitUntil { bench.ledger.nacked >= 2 })
    #expect(bench.said("nack") == 1)
    var ids: [String?] = []
    while ids.count < 3 { ids += try hand.take("\(bench.name)", 1).map(\.properties.messageID) }
    #expect(ids == ["1", "2", "3"])
    #expect(waitUntil(timeout: .seconds(30)) { bench.isDrained() })
    #expect(bench.ledger.isBalanced)
  }

  @Test("a dead letter is confirmed with the headers of its end; one without its queue is told as not there")
  func letters() throws {
    let bench = try PublisherBench(node)
    try hand.declare(bench.name.deadName)
    #expect(bench.waitUntil(.connected))
    let note = DeathNote(reason: .rejected, attempt: 2, lastStatus: 400, lastError: "bad")
    let letters = [bench.name, bench.telegram].map {
      DeadLetter(queue: $0, messageID: "x", appID: "shop", timestamp: 7, note: note, diedAt: 0, body: [1, 2])
    }
    #expect(bench.send(letters) == [true, false])
    #expect(bench.send([]) == [])
    let letter = try #require(try hand.take(bench.name.deadName, 1).first)
    #expect(letter.body == [1, 2])
    #expect(letter.properties.appID == "shop" && letter.properties.timestamp == 7)
    #expect(
      letter.properties.headers
        == [
          "x-attempt": .integer(2), "x-reason": .string("rejected"), "x-last-status": .integer(400),
          "x-last-error": .string("bad"), "x-died-at": .string("1970-01-01T00:00:00.000Z"),
        ])
    #expect(
      letter.properties.headers.entries.map(\.name)
        == MessageHeader.ofDeadLetters.filter { ![.digest, .traceparent].contains($0) }.map(\.rawValue))
    #expect(bench.spool.figures(bench.name).queued == 0)
  }

  @Test("a link that cannot be prepared is not opened; the next attempt may do it")
  func prepare() throws {
    let attempts = Monitor(0)
    var manner = PublisherBench.Manner()
    manner.prepare = { _, _ throws(AMQPError) in
      if attempts.change({
        $0 += 1; return $0
      }) < 3 {
        throw AMQPError(code: .lost, description: "no queues yet")
      }
    }
    let bench = try PublisherBench(node, manner)
    #expect(bench.waitUntil(.connected))
    #expect(attempts.value == 3)
    #expect(bench.said("no queues yet") == 1)
  }

  @Test("after stop a batch goes to the spool, and a letter is told as not there")
  func afterStop() throws {
    let bench = try PublisherBench(node)
    try hand.declare("\(bench.name)")
    #expect(bench.waitUntil(.connected))
    #expect(bench.store(CopyBatch(ids: ["1"])) == .confirmed)
    bench.publisher.stop(deadline: Clock.monotonicNanoseconds() + 1_000_000_000)
    #expect(bench.store(CopyBatch(ids: ["2"])) == .spooled)
    let note = DeathNote(reason: .rejected, attempt: 2, lastStatus: 400, lastError: "bad")
    #expect(bench.send([DeadLetter(queue: bench.name, messageID: "x", note: note, diedAt: 0, body: [])]) == [false])
  }
}
