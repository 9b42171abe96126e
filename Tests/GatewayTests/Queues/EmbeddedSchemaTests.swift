import Core
import Database
import Fakes
import Integrity
import Platform
import Testing

@testable import Gateway

@Suite struct EmbeddedSchemaTests {
  /// What version 2 has and version 1 has not, undone.
  private static let version1 = """
    DROP INDEX parked_digest;
    DROP TABLE seen;
    ALTER TABLE parked DROP COLUMN digest;
    ALTER TABLE dead DROP COLUMN digest;
    DROP INDEX parked_checksum;
    ALTER TABLE queues DROP COLUMN republished;
    ALTER TABLE packs DROP COLUMN format;
    PRAGMA user_version=1;
    """

  /// Makes a file what version 1 would have written.
  private static func rewriteAsVersion1(_ path: String) throws {
    let database = try Database(path: path)
    let select = try database.prepare("SELECT first, copies, content FROM packs")
    var packs: [(first: Int64, content: [UInt8])] = []
    while try select.step() {
      packs.append((select.int(0), withoutPlaces(select.bytes(2), copies: Int(select.int(1)))))
    }
    let update = try database.prepare("UPDATE packs SET content=?1 WHERE first=?2")
    for pack in packs {
      update.bind(2, pack.first)
      try update.run(blob: pack.content.span, at: 1)
    }
    try database.execute(version1)
  }

  /// Each copy's checksum over its own bytes alone.
  private static func withoutPlaces(_ content: [UInt8], copies: Int) -> [UInt8] {
    var content = content
    var start = 0
    for _ in 0..<copies {
      let length = (0..<4).reduce(0) { $0 | Int(content[start + 8 + $1]) << ($1 * 8) }
      let end = start + 14 + length + Int(content[start + 12])
      var checksum = Checksum()
      checksum.add(content.span.extracting((start + 8)..<end))
      for index in 0..<8 { content[start + index] = UInt8(truncatingIfNeeded: checksum.value >> UInt64(index * 8)) }
      start = end
    }
    return content
  }

  @Test("a file of version 1 keeps its copies, parked ones, dead letters and totals")
  func migration() throws {
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
      try Self.rewriteAsVersion1(folder.file("queue.db"))
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
    try Database(path: folder.file("queue.db")).execute("PRAGMA user_version=3")
    let bench = try EmbeddedBench(folder: folder)
    #expect(bench.store(["1"]) == .unavailable(.unwritable))
    #expect(bench.board.state.detail.contains("newer version (schema 3)"))
  }
}
