import Core
import Simulator
import Testing

@Suite("DeliveryTagLedger") struct DeliveryTagLedgerTests {
  typealias Ack = DeliveryTagLedger.Ack

  /// A ledger with deliveries 1 to `count`.
  private func ledger(_ count: UInt64) -> DeliveryTagLedger {
    var ledger = DeliveryTagLedger()
    for tag in 1...count { #expect(ledger.delivered(tag) == true) }
    return ledger
  }

  private func acks(_ ledger: inout DeliveryTagLedger) -> [Ack] {
    var acks: [Ack] = []
    ledger.takeAcks(into: &acks)
    return acks
  }

  @Test(
    "what is settled from the oldest on goes into one ack, the rest is acked one by one",
    arguments: [
      ([1], [Ack(tag: 1, isMultiple: false)]),
      ([3, 1, 2], [Ack(tag: 3, isMultiple: true)]),
      ([2, 4], [Ack(tag: 2, isMultiple: false), Ack(tag: 4, isMultiple: false)]),
      ([5, 2, 1], [Ack(tag: 2, isMultiple: true), Ack(tag: 5, isMultiple: false)]),
      ([1, 2, 3, 4, 5, 6], [Ack(tag: 6, isMultiple: true)]),
      ([], []),
    ] as [([UInt64], [Ack])])
  func acksOfOneTurn(_ settled: [UInt64], _ expected: [Ack]) {
    var ledger = ledger(6)
    for tag in settled { #expect(ledger.settled(tag) == true) }
    #expect(acks(&ledger) == expected)
    #expect(acks(&ledger) == [])
    #expect(ledger.outstanding == 6 - settled.count)
  }

  @Test("an ack of a whole beginning reaches over those that were acked alone")
  func beginningOverGaps() {
    var ledger = ledger(4)
    #expect(ledger.settled(2) == true)
    #expect(acks(&ledger) == [Ack(tag: 2, isMultiple: false)])
    #expect(ledger.settled(1) == true)
    #expect(ledger.settled(3) == true)
    #expect(acks(&ledger) == [Ack(tag: 3, isMultiple: true)])
    #expect(ledger.outstanding == 1)
  }

  @Test("a delivery of many copies is acked once the last of them is settled, and counts as so many until then")
  func packs() {
    var ledger = ledger(3)
    ledger.opened(2, copies: 3)
    ledger.opened(9, copies: 3)
    #expect(ledger.outstanding == 5)
    #expect(ledger.settled(1) == true && ledger.settled(2) == true && ledger.settled(2) == true)
    #expect(acks(&ledger) == [Ack(tag: 1, isMultiple: false)])
    #expect(ledger.settled(3) == true)
    #expect(acks(&ledger) == [Ack(tag: 3, isMultiple: false)])
    #expect(ledger.outstanding == 1)
    #expect(ledger.settled(2) == true && ledger.settled(2) == false)
    #expect(acks(&ledger) == [Ack(tag: 2, isMultiple: false)])
    #expect(ledger.outstanding == 0)
  }

  @Test("a tag that is unknown, settled before or acked before is not settled again")
  func unknownTags() {
    var ledger = ledger(3)
    #expect(ledger.settled(0) == false)
    #expect(ledger.settled(4) == false)
    #expect(ledger.settled(2) == true)
    #expect(ledger.settled(2) == false)
    _ = acks(&ledger)
    #expect(ledger.settled(2) == false)
    #expect(acks(&ledger) == [])
  }

  @Test("a delivery whose tag does not rise is refused, also when everything before it was acked")
  func fallingTags() {
    var ledger = DeliveryTagLedger()
    #expect(ledger.delivered(0) == false)
    #expect(ledger.delivered(7) == true)
    #expect(ledger.delivered(7) == false)
    #expect(ledger.settled(7) == true)
    _ = acks(&ledger)
    #expect(ledger.delivered(7) == false)
    #expect(ledger.delivered(6) == false)
    #expect(ledger.delivered(9) == true)
  }

  @Test("whatever the order, the broker sees every settled delivery acked exactly once", arguments: UInt64(0)..<50)
  func randomOrders(_ seed: UInt64) {
    var random = SeededRandom(state: seed)
    var ledger = DeliveryTagLedger()
    var broker = BrokerModel()
    var inHand: [UInt64] = []
    var settled: Set<UInt64> = []
    var next: UInt64 = 0
    for _ in 0..<100 {
      for _ in 0..<random.next(20) where inHand.count < 100 {
        next += 1 + random.next(2)
        if !ledger.delivered(next) { broker.complaints += 1 }
        broker.unacked.insert(next)
        inHand.append(next)
      }
      // The oldest stays to the end in every second seed, so that holes gather behind it.
      let oldest: UInt64 = seed % 2
      for _ in 0..<random.next(20) where inHand.count > 1 {
        let tag = inHand.remove(at: Int(oldest + random.next(UInt64(inHand.count) - oldest)))
        if !ledger.settled(tag) { broker.complaints += 1 }
        settled.insert(tag)
      }
      for ack in acks(&ledger) { broker.take(ack) }
      if broker.acked != settled || ledger.outstanding != inHand.count { broker.complaints += 1 }
    }
    #expect(broker.complaints == 0)
    #expect(settled.count > 300)
  }

  /// What a broker makes of acks (AMQP 0-9-1 §1.8.3.13).
  private struct BrokerModel {
    var unacked: Set<UInt64> = []
    var acked: Set<UInt64> = []
    var complaints = 0

    mutating func take(_ ack: Ack) {
      let tags = ack.isMultiple ? unacked.filter { $0 <= ack.tag } : unacked.filter { $0 == ack.tag }
      if !unacked.contains(ack.tag) { complaints += 1 }
      unacked.subtract(tags)
      acked.formUnion(tags)
    }
  }
}

@Suite("ConsumerTag") struct ConsumerTagTests {
  @Test(
    "a tag keeps its epoch and delivery tag",
    arguments: [(0, 1), (1, 1), (32_767, 1_099_511_627_775), (5, 77)] as [(UInt64, UInt64)])
  func roundTrip(_ epoch: UInt64, _ deliveryTag: UInt64) throws {
    let tag = ConsumerTag(epoch: epoch, deliveryTag: deliveryTag)
    #expect(tag.rawValue >> 63 == 1)
    #expect(try #require(ConsumerTag(tag.rawValue)) == tag)
    #expect(tag.epoch == epoch && tag.deliveryTag == deliveryTag && tag.item == 0)
    let last = ConsumerTag(epoch: epoch, deliveryTag: deliveryTag, item: 255)
    #expect(try #require(ConsumerTag(last.rawValue)) == last)
    #expect(last.rawValue == tag.rawValue + 255)
  }

  @Test("the same delivery tag of another epoch is another tag")
  func epochsDiffer() {
    #expect(
      ConsumerTag(epoch: 1, deliveryTag: 1).rawValue != ConsumerTag(epoch: 2, deliveryTag: 1).rawValue)
  }

  @Test("the embedded queue's tags are none", arguments: [0, 1, UInt64(Int64.max)])
  func foreign(_ rawValue: UInt64) {
    #expect(ConsumerTag(rawValue) == nil)
  }
}
