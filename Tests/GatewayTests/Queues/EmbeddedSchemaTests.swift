import Core
import Database
import Fakes
import Platform
import Testing

@testable import Gateway

@Suite struct EmbeddedSchemaTests {
  /// What later versions have and version 2 has not, undone.
  private static let version2 = """
    DROP INDEX parked_digest;
    DROP TABLE seen;
    ALTER TABLE parked DROP COLUMN digest;
    ALTER TABLE dead DROP COLUMN digest;
    PRAGMA user_version=2;
    """

  /// The same for version 1.
  private static let version1 = """
    \(version2)
    DROP INDEX parked_checksum;
    ALTER TABLE queues DROP COLUMN republished;
    PRAGMA user_version=1;
    """

  @Test(
    "a file of an earlier version keeps its copies, parked ones, dead letters and totals",
    arguments: [version1, version2])
  func migration(_ earlier: String) throws {
    let folder = try TemporaryDirectory()
    var before: [QueueLedger?] = []
    do {
      let bench = try EmbeddedBench(folder: folder)
      bench.store((0..<300).map(String.init))
      bench.store(["t"], to: EmbeddedBench.telegram)
      bench.consume(prefetch: 10)
      let given = bench.consumed()
      bench.settle([given[0]], .delivered)
      bench.settle([given[1]], .disabled)
      bench.settle([given[2]], .dead(DeathNote(reason: .rejected, attempt: 1, lastStatus: 400, lastError: "")))
      bench.settle([given[3]], .parked(Parking(dueAt: 0, lane: "k", attempt: 6)))
      bench.consumed().forEach { #expect($0.messageID.count <= 3) }
      try bench.dieAndStart()
      before = [bench.ledger(), bench.ledger(EmbeddedBench.telegram)]
      bench.keeper.close()
      try Database(path: folder.file("queue.db")).execute(earlier)
    }
    let bench = try EmbeddedBench(folder: folder)
    #expect([bench.ledger(), bench.ledger(EmbeddedBench.telegram)] == before)
    #expect(bench.ledger()?.stored == 300)
    bench.republish(window: 1000)
    bench.assign(.republisher)
    let given = bench.republisher.take()
    #expect(given.count == 297)
    bench.settleRepublished(given, true)
    bench.consume(prefetch: 10)
    #expect(bench.consumed().map(\.attempt) == [6])
    let copy = ForeignCopy(
      queue: EmbeddedBench.logbeacon, messageID: "3", attempt: 0, body: Array("{}".utf8), isRedelivered: true)
    #expect(bench.park([copy]) == nil)
    #expect(bench.figures().parked == 1)
    let ledger = try #require(bench.ledger())
    #expect((ledger.republished, ledger.dead, ledger.delivered, ledger.disabled) == (296, 1, 1, 1))
    #expect(ledger.isBalanced)
  }

  @Test("a file of a later version is left alone")
  func laterVersion() throws {
    let folder = try TemporaryDirectory()
    try EmbeddedBench(folder: folder).keeper.close()
    try Database(path: folder.file("queue.db")).execute("PRAGMA user_version=4")
    let bench = try EmbeddedBench(folder: folder)
    #expect(bench.store(["1"]) == .unavailable(.unwritable))
    #expect(bench.board.state.detail.contains("newer version (schema 4)"))
  }
}
