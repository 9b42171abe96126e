import Core
import Testing

@Suite struct GatheredSettlementsTests {
  @Test("delivered copies wait for others until there are enough of them, or the oldest has waited long enough")
  func company() {
    var gathered = GatheredSettlements()
    #expect(!gathered.areDue(now: 1_000_000, limit: 1))
    gathered.add(1, .delivered, now: 100)
    gathered.add(2, .duplicate, now: 105)
    #expect(gathered.deadline == 100 + GatheredSettlements.wait)
    #expect(!gathered.areDue(now: 109, limit: 3))
    #expect(gathered.areDue(now: 109, limit: 2))
    #expect(gathered.areDue(now: 110, limit: 3))
    #expect(gathered.take().map(\.tag) == [1, 2])
    #expect(gathered.deadline == nil && gathered.waiting.isEmpty)
  }

  @Test(
    "any other end takes all that waits along",
    arguments: [
      .disabled, .returned, .parked(Parking(dueAt: 0, lane: "", attempt: 1)),
      .dead(DeathNote(reason: .rejected, attempt: 1, lastStatus: 400, lastError: "")),
    ] as [Settlement])
  func others(end: Settlement) {
    var gathered = GatheredSettlements()
    gathered.add(1, .delivered, now: 100)
    gathered.add(2, end, now: 101)
    gathered.add(3, .delivered, now: 101)
    #expect(gathered.areDue(now: 101, limit: 128))
    #expect(gathered.take().map(\.tag) == [1, 2, 3])
  }

  @Test("so many may wait that a worker has always more copies in hand than it has calls in flight")
  func limits() {
    #expect(GatheredSettlements.limit(prefetch: 200, inFlight: 16) == 92)
    #expect(GatheredSettlements.limit(prefetch: 5000, inFlight: 16) == GatheredSettlements.maxWaiting)
    for (prefetch, inFlight) in [(1, 16), (16, 16), (18, 16), (0, 1), (50, 400)] {
      #expect(GatheredSettlements.limit(prefetch: prefetch, inFlight: inFlight) == 1)
    }
  }
}
