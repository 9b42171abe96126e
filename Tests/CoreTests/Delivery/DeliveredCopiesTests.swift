import Core
import Testing

@Suite struct DeliveredCopiesTests {
  private let a: ContentDigest
  private var copies = DeliveredCopies(capacity: 2)

  init() throws {
    a = try #require(ContentDigest(hex: String(repeating: "01", count: 32)))
  }

  @Test("a copy that was delivered is a duplicate, until ten minutes have passed")
  mutating func delivered() {
    #expect(copies.taken(a, now: 0) == .fresh)
    copies.delivered(a, now: 0)
    #expect(copies.taken(a, now: DeliveredCopies.window - 1) == .duplicate)
    #expect(copies.taken(a, now: DeliveredCopies.window) == .fresh)
  }

  @Test("a copy whose like is in hand is neither: once that has been let go, it is fresh")
  mutating func twins() {
    #expect(copies.taken(a, now: 0) == .fresh)
    #expect(copies.taken(a, now: 0) == .twin)
    copies.letGo(a)
    #expect(copies.taken(a, now: 0) == .fresh)
  }

  @Test("the oldest are forgotten when there are too many, and what was not in hand is not remembered")
  mutating func full() throws {
    let keys = try (1...3).map { try #require(ContentDigest(hex: String(repeating: "0\($0)", count: 32))) }
    copies.delivered(keys[0], now: 0)
    #expect(copies.count == 0)
    for key in keys {
      #expect(copies.taken(key, now: 0) == .fresh)
      copies.delivered(key, now: 0)
    }
    #expect(copies.count == 2)
    #expect(keys.map { copies.taken($0, now: 0) } == [.fresh, .duplicate, .duplicate])
  }
}
