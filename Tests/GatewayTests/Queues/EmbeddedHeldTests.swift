import Core
import Fakes
import Foundation
import Testing

@testable import Gateway

@Suite struct EmbeddedHeldTests {
  @Test("a held copy is given to nobody; a late ack deletes it, its release gives it to the owner")
  func life() throws {
    let bench = try EmbeddedBench()
    bench.consume(prefetch: 10)
    let tags = bench.hold(["1", "2", "3"])
    #expect(tags.count == 3)
    #expect(bench.consumed().isEmpty)
    #expect((bench.figures().queued, bench.figures().unsettled) == (3, 3))
    bench.settleRepublished([tags[1]], true)
    #expect(bench.ledger()?.republished == 1)
    bench.settleRepublished([tags[0]], false)
    #expect(bench.consumed().map(\.messageID) == ["1"])
    bench.republish(window: 10)
    bench.assign(.republisher)
    bench.settleRepublished([tags[2]], false)
    #expect(bench.republisher.take().map(\.messageID) == ["3"])
    #expect(bench.ledger()?.isBalanced == true)
  }

  @Test("held and other copies of one commit go their own ways", arguments: [1, 2, 10])
  func neighbours(prefetch: Int) throws {
    let bench = try EmbeddedBench()
    bench.consume(prefetch: prefetch)
    bench.store(["1"])
    let tags = bench.hold(["2"])
    bench.store(["3"])
    var given = bench.consumed()
    bench.settleRepublished(tags, false)
    var seen: [String] = []
    while !given.isEmpty {
      seen += given.map(\.messageID)
      bench.settle(given, .delivered)
      given = bench.consumed()
    }
    #expect(seen.sorted() == ["1", "2", "3"])
    let ledger = try #require(bench.ledger())
    #expect((ledger.delivered, ledger.waiting, ledger.unsettled) == (3, 0, 0))
    #expect(ledger.isBalanced)
  }

  @Test("a held copy that is confirmed before its pack was read is never given out")
  func confirmedUnread() throws {
    let bench = try EmbeddedBench()
    bench.assign(.nobody)
    bench.consume(prefetch: 10)
    bench.store(["1"])
    let tags = bench.hold(["2", "3"])
    bench.settleRepublished([tags[0]], true)
    bench.assign(.workers)
    #expect(bench.consumed().map(\.messageID) == ["1"])
    bench.settleRepublished([tags[1]], true)
    #expect(bench.consumed().isEmpty)
    #expect(bench.figures().queued == 1)
  }

  @Test("a held copy that is released before its pack was read comes once and in its place")
  func releasedUnread() throws {
    let bench = try EmbeddedBench()
    bench.assign(.nobody)
    bench.consume(prefetch: 10)
    bench.store(["1"])
    let tags = bench.hold(["2"])
    bench.store(["3"])
    bench.settleRepublished(tags, false)
    bench.assign(.workers)
    let given = bench.consumed()
    #expect(given.map(\.messageID) == ["1", "2", "3"])
    bench.settle(given, .delivered)
    #expect(bench.consumed().isEmpty)
    #expect(bench.ledger()?.delivered == 3)
  }

  @Test("after a crash held copies are spooled copies, and tags of before settle nothing")
  func crash() throws {
    let bench = try EmbeddedBench()
    let tags = bench.hold(["1", "2"])
    bench.store(["3"])
    try bench.dieAndStart()
    #expect(bench.figures().unsettled == 0)
    bench.settleRepublished(tags, true)
    #expect(bench.ledger()?.republished == 0)
    bench.republish(window: 10)
    bench.assign(.republisher)
    #expect(bench.republisher.take().map(\.messageID) == ["1", "2", "3"])
    #expect(bench.ledger()?.isBalanced == true)
  }

  @Test("when the file is opened afresh, what is out stays out and is settled as before")
  func reopened() throws {
    let bench = try EmbeddedBench()
    bench.consume(prefetch: 2)
    bench.republish(window: 2)
    bench.store(["1", "2", "3", "4", "5"])
    let tags = bench.hold(["6", "7"])
    let consumed = bench.consumed()
    bench.assign(.republisher)
    let published = bench.republisher.take()
    bench.reopenFile()
    #expect(bench.consumed().isEmpty && bench.republisher.take().isEmpty)
    #expect(bench.figures().unsettled == 6)
    bench.settle(consumed, .returned)
    bench.settleRepublished([tags[0]], true)
    bench.settleRepublished([tags[1]], false)
    bench.settleRepublished(published, true)
    #expect(bench.republisher.take().map(\.messageID) == ["1", "2"])
    bench.assign(.nobody)
    bench.assign(.workers)
    #expect(bench.consumed().map(\.messageID) == ["5", "7"])
    let ledger = try #require(bench.ledger())
    #expect((ledger.republished, ledger.unsettled, ledger.waiting) == (3, 4, 0))
    #expect(ledger.isBalanced)
  }

  @Test("tags of a file that was lost settle nothing in the one that replaces it")
  func replaced() throws {
    let bench = try EmbeddedBench()
    bench.assign(.nobody)
    // More copies than milliseconds pass, so that numbers run ahead of the clock.
    let tags = bench.hold((0..<8000).map(String.init))
    bench.keeper.close()
    try FileManager.default.removeItem(atPath: bench.folder.file("queue.db"))
    bench.reopenFile()
    #expect((bench.figures().queued, bench.figures().unsettled) == (0, 0))
    bench.store((0..<8000).map(String.init))
    bench.republish(window: 8000)
    bench.assign(.republisher)
    #expect(bench.republisher.take().count == 8000)
    bench.settleRepublished(tags, true)
    let ledger = try #require(bench.ledger())
    #expect((ledger.stored, ledger.republished, ledger.unsettled) == (8000, 0, 8000))
  }

  @Test("beyond spool.max_bytes nothing is held and nothing parked")
  func full() throws {
    let bench = try EmbeddedBench(maxBytes: 200_000)
    let body = String(repeating: "x", count: 150_000)
    #expect(bench.hold(["1"], body: body).isEmpty)
    #expect(bench.board.state.failure == .full)
    let copy = ForeignCopy(
      queue: EmbeddedBench.logbeacon, messageID: "2", attempt: 0, body: Array(body.utf8))
    #expect(bench.park([copy]) == .full)
    #expect(bench.bury([(copy, DeathNote(reason: .rejected, attempt: 1, lastStatus: 400, lastError: ""))]) == nil)
    #expect(bench.hold(["3"]).isEmpty)
    #expect((bench.figures().queued, bench.figures().dead) == (0, 1))
  }
}
