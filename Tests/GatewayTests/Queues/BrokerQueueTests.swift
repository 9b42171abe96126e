import AMQP
import Core
import Fakes
import Platform
import Testing

@testable import Gateway

@Suite("BrokerQueue", .serialized) struct BrokerQueueTests {
  private let node: RabbitNode
  private let hand: BrokerHand
  private let probe: DeliveryProbe

  private static let note = DeathNote(
    reason: .attemptsExhausted, attempt: 12, lastStatus: 503, lastError: "沒有回應")

  init() throws {
    node = try .shared
    hand = try BrokerHand(node.url)
    probe = try DeliveryProbe()
  }

  @Test("what is stored is confirmed by the broker and consumed from it")
  func throughTheBroker() throws {
    let bench = try BrokerQueueBench(node.url)
    #expect(bench.waitUntilConnected())
    #expect(try bench.queue.storeAndWait(CopyBatch(ids: ["a", "b", "c"])) == .confirmed)
    #expect(waitUntil { bench.queue.figures(bench.logbeacon).queued == 3 })
    bench.consume(bench.logbeacon, probe)
    let deliveries = probe.waitFor(3)
    #expect(deliveries.map(\.messageID) == ["a", "b", "c"])
    #expect(waitUntil { bench.queue.figures(bench.logbeacon).unsettled == 3 })
    bench.settle(deliveries, .delivered)
    #expect(waitUntil { bench.queue.figures(bench.logbeacon).queued == 0 })
    bench.stop()
    #expect(try hand.depth("\(bench.logbeacon)")?.messages == 0)
  }

  @Test("a dead letter lies in the .dead queue with its bytes, its properties and the headers of its end")
  func deadLetter() throws {
    let bench = try BrokerQueueBench(node.url)
    #expect(bench.waitUntilConnected())
    bench.consume(bench.telegram, probe)
    try hand.publish(
      "\(bench.telegram)", "\u{0}no json",
      AMQPProperties(messageID: "x.developer", appID: "shop", timestamp: 1_700_000_000))
    bench.settle(probe.waitFor(1), .dead(Self.note))
    #expect(waitUntil { bench.queue.figures(bench.telegram).dead == 1 })
    let letter = try #require(try hand.take("\(bench.telegram).dead", 1).first)
    #expect(letter.body == Array("\u{0}no json".utf8))
    #expect(letter.properties.messageID == "x.developer" && letter.properties.appID == "shop")
    #expect(letter.properties.timestamp == 1_700_000_000)
    let headers = letter.properties.headers
    #expect(headers.string("x-reason") == "attempts_exhausted" && headers.integer("x-attempt") == 12)
    #expect(headers.integer("x-last-status") == 503 && headers.string("x-last-error") == "沒有回應")
    let diedAt = try #require(headers.string("x-died-at"))
    guard case .milliseconds(let time) = Timestamp.parseRFC3339(Array(diedAt.utf8).span) else {
      return #expect(Bool(false), "\(diedAt) is no time")
    }
    #expect(diedAt.hasSuffix("Z") && abs(time - Clock.unixMilliseconds()) < 60_000)
    #expect(bench.embedded.figures(bench.telegram).dead == 0)
    #expect(waitUntil { bench.queue.figures(bench.telegram).unsettled == 0 })
  }

  @Test("a .dead queue that was deleted is declared again for the next letter")
  func deadQueueDeleted() throws {
    let bench = try BrokerQueueBench(node.url)
    #expect(bench.waitUntilConnected())
    bench.consume(bench.logbeacon, probe)
    for (index, id) in ["a", "b"].enumerated() {
      try hand.publish("\(bench.logbeacon)", ids: [id])
      bench.settle(probe.waitFor(index + 1).dropFirst(index), .dead(Self.note))
      #expect(try waitUntil { try hand.depth("\(bench.logbeacon).dead")?.messages == 1 })
      #expect(try hand.take("\(bench.logbeacon).dead", 1).map(\.properties.messageID) == [id])
      try hand.delete("\(bench.logbeacon).dead")
    }
    #expect(bench.embedded.figures(bench.logbeacon).dead == 0)
  }

  @Test("a parked copy that is given up becomes a dead letter at the broker and counts as handed over")
  func parkedDeadLetter() throws {
    let bench = try BrokerQueueBench(node.url)
    #expect(bench.waitUntilConnected())
    bench.consume(bench.logbeacon, probe)
    #expect(bench.storeLocally(["a"]) == .spooled)
    let deliveries = probe.waitFor(1)
    #expect(deliveries.map(\.isParked) == [true])
    bench.settle(deliveries, .dead(Self.note))
    #expect(try waitUntil { try hand.depth("\(bench.logbeacon).dead")?.messages == 1 })
    #expect(try hand.take("\(bench.logbeacon).dead", 1).map(\.properties.messageID) == ["a"])
    #expect(waitUntil { bench.embedded.ledger(bench.logbeacon)?.republished == 1 })
    #expect(bench.embedded.figures(bench.logbeacon).queued == 0)
  }

  @Test("with the broker away dead letters are kept on disk")
  func deadWhileAway() throws {
    let bench = try BrokerQueueBench("amqp://127.0.0.1:\(freePort())")
    bench.consume(bench.logbeacon, probe)
    #expect(bench.storeLocally(["a"]) == .spooled)
    bench.settle(probe.waitFor(1), .dead(Self.note))
    #expect(waitUntil { bench.queue.figures(bench.logbeacon).dead == 1 })
    #expect(!bench.queue.isConnected(bench.logbeacon))
  }

  @Test("a probe takes a parked copy and leaves those in the broker; without one it takes one from the broker")
  func probing() throws {
    let bench = try BrokerQueueBench(node.url)
    #expect(bench.waitUntilConnected())
    try hand.publish("\(bench.logbeacon)", ids: ["b", "c"])
    #expect(bench.storeLocally(["a"]) == .spooled)
    bench.consume(bench.logbeacon, probe, .probing)
    let first = probe.waitFor(1)
    #expect(first.map(\.messageID) == ["a"])
    #expect(try hand.depth("\(bench.logbeacon)")?.messages == 2)
    bench.settle(first, .delivered)
    #expect(waitUntil { bench.queue.figures(bench.logbeacon).parked == 0 })
    bench.queue.cancel(bench.logbeacon)
    bench.consume(bench.logbeacon, probe, prefetch: 1, .probing)
    #expect(probe.waitFor(2).map(\.messageID) == ["a", "b"])
    bench.queue.cancel(bench.logbeacon)
    bench.settle(probe.waitFor(2).dropFirst(), .returned)
    #expect(waitUntil { bench.queue.figures(bench.logbeacon).parked == 1 })
  }

  @Test("parked copies are published back with their attempts, whatever time they wait for")
  func giveBack() throws {
    let bench = try BrokerQueueBench(node.url)
    #expect(bench.waitUntilConnected())
    bench.consume(bench.logbeacon, probe)
    try hand.publish("\(bench.logbeacon)", ids: ["a", "b", "c"])
    let later = Parking(dueAt: Clock.unixMilliseconds() + 3_600_000, lane: "x", attempt: 2)
    bench.settle(probe.waitFor(3), .parked(later))
    #expect(waitUntil { bench.queue.figures(bench.logbeacon).parked == 3 })
    bench.queue.retire()
    #expect(bench.queue.giveBackParked(until: Clock.monotonicNanoseconds() + 10_000_000_000) == 0)
    bench.stop()
    let back = try hand.take("\(bench.logbeacon)", 3)
    #expect(Set(back.compactMap(\.properties.messageID)) == ["a", "b", "c"])
    #expect(back.map { $0.properties.headers.integer("x-attempt") } == [2, 2, 2])
  }

  @Test("with the broker away parked copies stay on disk and the grace is not spent on them")
  func giveBackWhileAway() throws {
    let bench = try BrokerQueueBench("amqp://127.0.0.1:\(freePort())")
    #expect(bench.storeLocally(["a", "b"]) == .spooled)
    let start = Clock.monotonicNanoseconds()
    #expect(bench.queue.giveBackParked(until: start + 60_000_000_000) == 2)
    #expect(Clock.monotonicNanoseconds() - start < 30_000_000_000)
    #expect(bench.embedded.figures(bench.logbeacon).parked == 2)
  }

  @Test("a process that does not consume a queue gives its parked copies back as soon as the broker is there")
  func giveBackOfOthers() throws {
    let bench = try BrokerQueueBench(node.url, sinks: [.telegram])
    #expect(bench.waitUntilConnected())
    #expect(bench.storeLocally(["a"]) == .spooled)
    #expect(waitUntil { bench.embedded.figures(bench.logbeacon).parked == 0 })
    bench.stop()
    #expect(try hand.take("\(bench.logbeacon)", 1).map(\.properties.messageID) == ["a"])
  }

  @Test("what is unsettled at the end goes back to its queue")
  func stopped() throws {
    let bench = try BrokerQueueBench(node.url)
    #expect(bench.waitUntilConnected())
    bench.consume(bench.logbeacon, probe)
    try hand.publish("\(bench.logbeacon)", ids: ["a", "b"])
    let deliveries = probe.waitFor(2)
    bench.settle(deliveries.prefix(1), .delivered)
    bench.queue.retire()
    bench.settle(deliveries.dropFirst(), .returned)
    bench.stop()
    #expect(try hand.take("\(bench.logbeacon)", 1).map(\.properties.messageID) == ["b"])
    #expect(try hand.depth("\(bench.logbeacon)")?.messages == 0)
  }

  @Test(
    "a process that only takes events in sees how long queues are, that nobody consumes them, and mends missing ones")
  func inspection() throws {
    let bench = try BrokerQueueBench(node.url, sinks: [])
    #expect(bench.waitUntilConnected())
    #expect(try bench.queue.storeAndWait(CopyBatch(ids: ["a", "b"])) == .confirmed)
    #expect(waitUntil { bench.queue.inspector.depth(bench.logbeacon).unconsumedSince != nil })
    #expect(waitUntil { bench.queue.figures(bench.logbeacon).queued == 2 })
    #expect(bench.queue.inspector.depth(bench.telegram).unconsumedSince == nil)
    let began = try #require(bench.queue.inspector.depth(bench.logbeacon).unconsumedSince)
    let names = [bench.telegram, bench.logbeacon]
    #expect(bench.queue.unconsumedSince(names, now: began + 299_999_999_999) == nil)
    #expect(bench.queue.unconsumedSince([bench.telegram], now: began + 300_000_000_000) == nil)
    let since = try #require(bench.queue.unconsumedSince(names, now: began + 300_000_000_000))
    #expect(abs(since + 300_000 - Clock.unixMilliseconds()) < 60_000)
    try hand.delete("\(bench.logbeacon)")
    #expect(try waitUntil { try hand.depth("\(bench.logbeacon)") != nil })
    #expect(waitUntil { bench.queue.figures(bench.logbeacon).queued == 0 })
  }

  @Test("when the broker is killed with copies out, they come again under new tags once it is back")
  func brokerKilled() throws {
    let node = try RabbitNode()
    let bench = try BrokerQueueBench(node.url)
    #expect(bench.waitUntilConnected())
    bench.consume(bench.logbeacon, probe)
    #expect(try bench.queue.storeAndWait(CopyBatch(ids: ["a", "b"])) == .confirmed)
    let first = probe.waitFor(2)
    node.kill()
    #expect(waitUntil { !bench.queue.isConnected(bench.logbeacon) })
    bench.settle(first, .delivered)
    try node.start()
    #expect(bench.waitUntilConnected())
    let all = probe.waitFor(4)
    #expect(Set(all.dropFirst(2).map(\.messageID)) == ["a", "b"])
    #expect(Set(all.map(\.tag)).count == 4)
    bench.settle(all.dropFirst(2), .delivered)
    bench.stop()
    let after = try BrokerHand(node.url)
    #expect(try after.depth("\(bench.logbeacon)")?.messages == 0)
  }
}
