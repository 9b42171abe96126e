import AMQP
import Core
import Fakes
import Platform
import Testing

@testable import Gateway

@Suite("x-digest at the broker", .serialized) struct BrokerDigestTests {
  private let node: RabbitNode
  private let hand: BrokerHand
  private let probe: DeliveryProbe
  private let digest: ContentDigest
  private let note = DeathNote(reason: .rejected, attempt: 1, lastStatus: 400, lastError: "")

  init() throws {
    node = try .shared
    hand = try BrokerHand(node.url)
    probe = try DeliveryProbe()
    digest = try #require(ContentDigest(hex: String(repeating: "0aF9", count: 16)))
  }

  /// One copy with the digest, one without, and the claim of the first.
  private func batch() -> CopyBatch {
    var batch = CopyBatch(ids: ["a", "b"])
    let start = batch.bytes.count
    digest.append(to: &batch.bytes)
    let row = batch.rows[0]
    batch.rows[0] = CopyBatch.Row(
      queue: row.queue, audience: row.audience, id: row.id, body: row.body, digest: start..<batch.bytes.count)
    batch.claims = [CopyBatch.Claim(key: digest, content: digest, rows: 0..<1)]
    return batch
  }

  private static func digests(_ messages: [AMQPDelivery]) -> [String?] {
    messages.map { $0.properties.headers.string("x-digest") }
  }

  @Test(
    "a copy has the digest in lower-case hexadecimal, one without an id of the client's has none; both are remembered as they are"
  )
  func published() throws {
    let bench = try BrokerQueueBench(node.url, sinks: [])
    #expect(bench.waitUntilConnected())
    #expect(try bench.queue.storeAndWait(batch()) == .confirmed)
    #expect(Self.digests(try hand.take("\(bench.logbeacon)", 2)) == [digest.hex, nil])
    bench.stop()
    let store = try EmbeddedQueue(
      EmbeddedQueue.Options(
        folder: bench.folder.path, names: [bench.logbeacon], maxBytes: 1 << 20, deadMaxBytes: 1 << 20))
    #expect(store.takeRecalled().map(\.event) == [SeenEvent(key: digest, content: digest, stored: .broker)])
    store.stop()
  }

  @Test("the digest goes through the spool, the parking lot, giving back and the dead letters")
  func through() throws {
    let bench = try BrokerQueueBench(node.url, fallback: .hold)
    // Before it is connected.
    let outcome = try bench.queue.storeAndWait(batch())
    #expect([.spooled, .confirmed].contains(outcome))
    #expect(bench.waitUntilConnected())
    bench.consume(bench.logbeacon, probe)
    let first = probe.waitFor(2).sorted { $0.messageID < $1.messageID }
    #expect(first.map(\.digest) == [digest, nil] && first.allSatisfy { !$0.isReplayed })
    bench.settle(first, .parked(Parking(dueAt: 0, lane: "", attempt: 1)))
    let parked = probe.waitFor(4).suffix(2).sorted { $0.messageID < $1.messageID }
    #expect(parked.map(\.digest) == [digest, nil] && parked.allSatisfy(\.isParked))
    bench.settle(parked, .dead(note))
    #expect(waitUntil { bench.queue.figures(bench.logbeacon).dead == 2 })
    let letters = try hand.take("\(bench.logbeacon).dead", 2)
    #expect(Set(Self.digests(letters)) == [digest.hex, nil])
    // Sent once more as it lies there: a replay.
    let letter = try #require(letters.first { $0.properties.headers["x-digest"] != nil })
    try hand.publish("\(bench.logbeacon)", "{}", letter.properties)
    let replayed = try #require(probe.waitFor(5).last)
    #expect(replayed.isReplayed && replayed.digest == digest)
    try hand.publish(
      "\(bench.logbeacon)", "{}", AMQPProperties(messageID: "c", headers: ["x-digest": .string(digest.hex)]))
    let fresh = try #require(probe.waitFor(6).last)
    bench.settle(
      [replayed, fresh], .parked(Parking(dueAt: Clock.unixMilliseconds() + 3_600_000, lane: "", attempt: 1)))
    #expect(waitUntil { bench.embedded.figures(bench.logbeacon).parked == 2 })
    bench.queue.retire()
    #expect(bench.queue.giveBackParked(until: Clock.monotonicNanoseconds() + 10_000_000_000) == 0)
    bench.stopQueue()
    // A replay that had to wait passes without its digest.
    #expect(Set(Self.digests(try hand.take("\(bench.logbeacon)", 2))) == [digest.hex, nil])
  }

  @Test("a header that is no digest is none", arguments: ["", "abc", "zz"])
  func foreign(_ text: String) throws {
    let message = AMQPProperties(messageID: "a", headers: ["x-digest": .string(text)])
    let bench = try BrokerQueueBench(node.url)
    #expect(bench.waitUntilConnected())
    bench.consume(bench.logbeacon, probe)
    try hand.publish("\(bench.logbeacon)", "{}", message)
    #expect(probe.waitFor(1).map(\.digest) == [nil])
  }
}
