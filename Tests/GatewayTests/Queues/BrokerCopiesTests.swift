import AMQP
import Core
import Fakes
import Platform
import Testing

@testable import Gateway

/// What becomes of copies that a worker does not simply deliver.
@Suite("Copies of the broker", .serialized) struct BrokerCopiesTests {
  private let node: RabbitNode
  private let hand: BrokerHand
  private let probe: DeliveryProbe

  private static let note = DeathNote(reason: .rejected, attempt: 2, lastStatus: 400, lastError: "no such field")

  init() throws {
    node = try .shared
    hand = try BrokerHand(node.url)
    probe = try DeliveryProbe()
  }

  private func messages(_ bench: BrokerBench) throws -> Int? {
    try hand.depth("\(bench.name)")?.messages
  }

  @Test("a parked copy is acked and comes again when it is due, with its attempts")
  func parked() throws {
    let bench = try BrokerBench(node)
    #expect(bench.consume(probe))
    try hand.publish("\(bench.name)", ids: ["a"])
    let due = Clock.unixMilliseconds() + 300
    bench.settle(probe.waitFor(1), .parked(Parking(dueAt: due, lane: "x", attempt: 4)))
    #expect(waitUntil { bench.consumer.unsettled(bench.name) == 0 })
    #expect(bench.embedded.figures(bench.name).parked == 1)
    let all = probe.waitFor(2)
    try #require(all.count == 2)
    #expect(Clock.unixMilliseconds() >= due)
    #expect(all[1].messageID == "a" && all[1].attempt == 4 && all[1].isParked && all[1].body == all[0].body)
    bench.settle([all[1]], .delivered)
    bench.stop()
    #expect(try messages(bench) == 0)
  }

  @Test("what comes back untouched is parked while the worker runs, and left to the broker once it retires")
  func returned() throws {
    let bench = try BrokerBench(node)
    #expect(bench.consume(probe))
    bench.embedded.cancel(bench.name)
    try hand.publish("\(bench.name)", ids: ["a", "b"])
    let deliveries = probe.waitFor(2)
    try #require(deliveries.count == 2)
    bench.settle([deliveries[0]], .returned)
    #expect(waitUntil { bench.embedded.figures(bench.name).parked == 1 })
    #expect(waitUntil { bench.consumer.unsettled(bench.name) == 1 })
    bench.consumer.retire()
    bench.settle([deliveries[1]], .returned)
    bench.consumer.stop(deadline: Clock.monotonicNanoseconds() + 5_000_000_000)
    #expect(bench.embedded.figures(bench.name).parked == 1)
    let back = try hand.take("\(bench.name)", 1)
    #expect(back.map(\.properties.messageID) == ["b"] && back.map(\.isRedelivered) == [true])
  }

  @Test("a copy that the disk refuses stays unacked, is said once, and is parked when there is room")
  func diskRefuses() throws {
    var settings = BrokerBench.Settings(url: node.url)
    settings.maxBytes = 1
    let bench = try BrokerBench(settings)
    #expect(bench.consume(probe))
    try hand.publish("\(bench.name)", ids: ["a", "b"])
    let later = Parking(dueAt: Clock.unixMilliseconds() + 3_600_000, lane: "x", attempt: 1)
    bench.settle(probe.waitFor(2), .parked(later))
    #expect(waitUntil { bench.said("cannot be set aside (full)") == 1 })
    #expect(bench.consumer.unsettled(bench.name) == 2)
    bench.embedded.limit(maxBytes: 1 << 20, deadMaxBytes: 1 << 20)
    #expect(waitUntil { bench.consumer.unsettled(bench.name) == 0 })
    #expect(bench.embedded.figures(bench.name).parked == 2)
    #expect(bench.said("cannot be set aside") == 1)
  }

  @Test("a dead letter that the broker takes is acked, one that it does not is kept on disk", arguments: [true, false])
  func dead(isTaken: Bool) throws {
    let bench = try BrokerBench(node)
    bench.letters.change { $0.isTaken = isTaken }
    #expect(bench.consume(probe))
    try hand.publish(
      "\(bench.name)", "not json \u{e9}", AMQPProperties(messageID: "odd id", appID: "shop", timestamp: 1_700_000_000))
    bench.settle(probe.waitFor(1), .dead(Self.note))
    #expect(waitUntil { bench.consumer.unsettled(bench.name) == 0 })
    let letters = bench.letters.value.sent
    try #require(letters.count == (isTaken ? 1 : ConsumerCopies.maxWrites))
    #expect(letters[0].messageID == "odd id" && letters[0].appID == "shop" && letters[0].timestamp == 1_700_000_000)
    #expect(letters[0].body == Array("not json \u{e9}".utf8) && letters[0].note == Self.note)
    #expect(bench.embedded.figures(bench.name).dead == (isTaken ? 0 : 1))
    bench.stop()
    #expect(try messages(bench) == 0)
  }

  @Test("with worker.parked_max copies parked the rest stays in the broker, until there is room below nine tenths")
  func parkedMax() throws {
    var settings = BrokerBench.Settings(url: node.url)
    settings.parkedMax = 10
    let bench = try BrokerBench(settings)
    #expect(bench.consume(probe, prefetch: 5))
    try hand.publish("\(bench.name)", ids: (0..<30).map { "\($0)" })
    let later = Parking(dueAt: Clock.unixMilliseconds() + 3_600_000, lane: "x", attempt: 1)
    var seen = 0
    /// Settles what came since the last call.
    func settleNew(_ settlement: Settlement) {
      let new = probe.waitFor(0).dropFirst(seen)
      seen += new.count
      bench.settle(new, settlement)
    }
    #expect(
      waitUntil {
        settleNew(.parked(later))
        return bench.condition == .heldBack
      })
    #expect(
      waitUntil {
        settleNew(.parked(later))
        return bench.consumer.unsettled(bench.name) == 0
      })
    // What it had in hand when it was held back, and no more.
    #expect((10...15).contains(bench.embedded.figures(bench.name).parked))
    #expect(try messages(bench).map { $0 >= 15 } == true)
    bench.embedded.release(bench.name, lane: "x")
    #expect(
      waitUntil {
        settleNew(.delivered)
        return bench.condition == .consuming
      })
    #expect(bench.said("there is room for parked copies") == 1)
    #expect(bench.said("worker.parked_max") == 1)
  }
}
