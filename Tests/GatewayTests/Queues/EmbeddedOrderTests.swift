import Core
import Fakes
import Platform
import Synchronization
import Testing

@testable import Gateway

@Suite("How the embedded queue keeps the order of a lane") struct EmbeddedOrderTests {
  private static let hour: Int64 = 3_600_000

  private func sleep(_ lane: String = "p") -> Settlement {
    .parked(Parking(dueAt: Parking.asleep, lane: lane, attempt: 0))
  }

  /// What is woken of `lane`, by tag.
  private func wake(_ lane: String, limit: Int, _ bench: EmbeddedBench) -> (rows: [UInt64], hasMore: Bool) {
    let woken = Mutex<([UInt64], Bool)>(([], false))
    bench.turn(
      .wake(EmbeddedBench.logbeacon, lane: lane, limit: limit) { rows, hasMore in
        woken.withLock { $0 = (rows, hasMore) }
      })
    return woken.withLock { $0 }
  }

  @Test("what sleeps comes only when its lane is woken, the oldest first, and who woke it is told of it before")
  func woken() throws {
    let bench = try EmbeddedBench(ordered: [EmbeddedBench.logbeacon])
    bench.store(["a", "b", "c", "d", "e"])
    bench.consume(prefetch: 10)
    let given = bench.consumed()
    // Put to sleep in another order than they came.
    for copy in given.dropLast().reversed() { bench.settle([copy], sleep()) }
    bench.settle([given[4]], sleep("other"))
    #expect(bench.consumed() == [] && bench.figures().parked == 5)
    let first = wake("p", limit: 2, bench)
    #expect(first.rows == given.prefix(2).map(\.tag) && first.hasMore)
    #expect(bench.consumed().map(\.messageID) == ["a", "b"])
    // Those that are out or due are among the oldest of the lane too.
    let all = wake("p", limit: 10, bench)
    #expect(all.rows == given.prefix(4).map(\.tag) && !all.hasMore)
    #expect(bench.consumed().map(\.messageID) == ["c", "d"])
    #expect(wake("nobody", limit: 1, bench).rows == [])
    #expect(bench.ledger()?.isBalanced == true)
  }

  @Test("a wake finds what the settlements before it put to sleep")
  func sameTurn() throws {
    let bench = try EmbeddedBench(ordered: [EmbeddedBench.logbeacon])
    bench.store(["a", "b"])
    bench.consume(prefetch: 10)
    let given = bench.consumed()
    let count = Mutex(0)
    bench.turn(
      .settle(EmbeddedBench.logbeacon, given.map { ($0.tag, sleep()) }),
      .wake(EmbeddedBench.logbeacon, lane: "p", limit: 1) { rows, hasMore in
        count.withLock { $0 = hasMore ? rows.count : 0 }
      })
    #expect(count.withLock { $0 } == 1)
    #expect(bench.consumed().map(\.messageID) == ["a"])
  }

  @Test("a start gives out what was parked in the order of rows, whatever it waited for, and before anything new")
  func restarted() throws {
    let bench = try EmbeddedBench(ordered: [EmbeddedBench.logbeacon])
    bench.store(["a", "b", "c", "d"])
    bench.consume(prefetch: 3)
    let given = bench.consumed()
    let now = Clock.unixMilliseconds()
    bench.settle([given[2]], .parked(Parking(dueAt: now + 1, lane: "p", attempt: 1)))
    bench.settle([given[0]], .parked(Parking(dueAt: now + Self.hour, lane: "p", attempt: 2)))
    bench.store(["new"])
    // Of the older ones one was in hand, and is no parked one.
    for prefetch in [10, 2, 1] {
      try bench.dieAndStart()
      _ = bench.consumed()
      bench.consume(prefetch: prefetch)
      var again: [Delivery] = []
      for _ in 0..<5 where again.count < 5 {
        let given = bench.consumed()
        again += given
        if prefetch < 5 { bench.settle(given, sleep()) }
      }
      #expect(again.map(\.messageID) == ["a", "b", "c", "d", "new"])
      if prefetch == 10 { #expect(again.map(\.attempt) == [2, 0, 1, 0, 0]) }
    }
  }

  @Test("where no order is kept any more a start wakes what sleeps, and leaves what waits for its time")
  func turnedOff() throws {
    let bench = try EmbeddedBench()
    bench.store(["a", "b"])
    bench.consume(prefetch: 10)
    let given = bench.consumed()
    bench.settle([given[0]], .parked(Parking(dueAt: Clock.unixMilliseconds() + Self.hour, lane: "p", attempt: 1)))
    bench.settle([given[1]], sleep())
    try bench.dieAndStart()
    bench.consume(prefetch: 10)
    #expect(bench.consumed().map(\.messageID) == ["b"])
  }
}
