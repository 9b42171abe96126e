import Core
import Database
import Fakes
import Platform
import Testing

@testable import Gateway

@Suite("What the embedded queue keeps of client-given ids") struct EmbeddedDigestTests {
  private let name = EmbeddedBench.telegram
  private let note = DeathNote(reason: .rejected, attempt: 3, lastStatus: 400, lastError: "bad")

  private static func digest(_ number: Int) -> ContentDigest {
    var bytes = [UInt8](repeating: 7, count: 32)
    for place in 0..<4 { bytes[place] = UInt8(truncatingIfNeeded: number >> (place * 8)) }
    return ContentDigest(bytes.span) ?? digest(0)
  }

  private func copy(_ id: String, _ digest: ContentDigest?, body: String = "{}") -> ForeignCopy {
    ForeignCopy(queue: name, messageID: id, attempt: 0, body: Array(body.utf8), digest: digest)
  }

  /// A copy with a digest, one without, and what is remembered of the first.
  private func batch(_ ids: Range<Int>) -> CopyBatch {
    var batch = CopyBatch()
    for number in ids {
      let digest = batch.bytes.count
      Self.digest(number).append(to: &batch.bytes)
      let id = batch.bytes.count
      batch.bytes += Array("\(number){}".utf8)
      let body = batch.bytes.count - 2
      for digest in [digest..<digest + 32, 0..<0] {
        batch.rows.append(
          CopyBatch.Row(
            queue: QueueID(domain: 0, sink: .telegram), audience: .developer, id: id..<body,
            body: body..<body + 2, digest: digest))
      }
      let rows = batch.rows.count - 2..<batch.rows.count
      batch.claims.append(CopyBatch.Claim(key: Self.digest(-1 - number), content: Self.digest(number), rows: rows))
    }
    return batch
  }

  private func store(_ batch: CopyBatch, _ bench: EmbeddedBench) {
    bench.turn(.order(.store(batch) { #expect($0 == .spooled) }))
  }

  @Test("a digest comes out as it went in: from packs, from held and parked copies, after a crash; none stays none")
  func carried() throws {
    let bench = try EmbeddedBench()
    store(batch(0..<200), bench)
    bench.turn(.order(.hold(batch(200..<201)) { _ in }))
    let digests = (0...200).flatMap { [Self.digest($0), nil] }
    try bench.dieAndStart()
    bench.consume(name, prefetch: 1000)
    let given = bench.consumed(name)
    #expect(given.map(\.digest) == digests)
    bench.settle(given, .parked(Parking(dueAt: 0, lane: "", attempt: 1)))
    let parked = bench.consumed(name)
    #expect(Set(parked.map(\.digest)) == Set(digests) && parked.allSatisfy(\.isParked))
    bench.settle(parked, .dead(note))
    #expect(bench.ledger(name)?.dead == 402)
    bench.keeper.close()
    let dead = try Database(path: bench.folder.file("queue.db")).prepare("SELECT count(digest) FROM dead")
    #expect(try dead.step() && dead.int(0) == 201)
  }

  @Test("a copy that is parked already is not parked twice: same id and digest, whatever its body, whoever parked it")
  func parkedOnce() throws {
    let bench = try EmbeddedBench()
    let digest = Self.digest(1)
    #expect(bench.park([copy("a.developer", digest), copy("a.developer", digest, body: "{ }")]) == nil)
    #expect(bench.figures(name).parked == 1)
    let others = [copy("b.developer", digest), copy("a.developer", Self.digest(2)), copy("a.developer", nil)]
    #expect(bench.park(others) == nil)
    #expect(bench.figures(name).parked == 4)
    // One that came by the spool and was parked here.
    store(batch(5..<6), bench)
    bench.consume(name, prefetch: 10)
    let given = bench.consumed(name).filter { !$0.isParked }
    bench.settle(given, .parked(Parking(dueAt: .max, lane: "", attempt: 1)))
    #expect(bench.park([copy("5.developer", Self.digest(5)), copy("5.customer", Self.digest(5))]) == nil)
    #expect(bench.figures(name).parked == 7)
    #expect(bench.ledger(name)?.isBalanced == true)
  }

  @Test("a duplicate's settlement counts as delivered")
  func duplicate() throws {
    let bench = try EmbeddedBench()
    store(batch(0..<1), bench)
    bench.consume(name, prefetch: 10)
    bench.settle(bench.consumed(name), .duplicate)
    #expect(bench.ledger(name)?.delivered == 2 && bench.figures(name).queued == 0)
  }

  @Test("what a commit stores it remembers, what is sent to be remembered follows soon, and a crash keeps both")
  func remembered() throws {
    let bench = try EmbeddedBench()
    store(batch(0..<600), bench)
    let local = SeenEvent(key: Self.digest(9000), content: Self.digest(9001), stored: .none)
    bench.turn(.remember([local]))
    #expect(
      waitUntil {
        bench.turn()
        return bench.keeper.rememberAt == nil
      })
    try bench.dieAndStart()
    let recalled = bench.keeper.recalled
    #expect(recalled.count == 601)
    let isInOrder = recalled.map(\.event.key) == (0..<600).map { Self.digest(-1 - $0) } + [local.key]
    #expect(isInOrder)
    #expect(recalled.last?.event == local && recalled[0].event.stored == .spool)
    #expect(recalled.allSatisfy { abs($0.at - Clock.unixMilliseconds()) < 60_000 })
  }

  @Test("a commit that fails remembers nothing")
  func failed() throws {
    let bench = try EmbeddedBench(maxBytes: 100_000)
    bench.turn(.order(.store(batch(0..<5000)) { #expect($0 == .unavailable(.full)) }))
    try bench.dieAndStart()
    #expect(bench.keeper.recalled.isEmpty)
  }

  @Test("in a small store little is remembered, the oldest is forgotten, and none of it counts as stored bytes")
  func limited() throws {
    let bench = try EmbeddedBench(maxBytes: 400_000)
    let limit = bench.keeper.maxSeen
    #expect((100..<1000).contains(limit))
    for round in 0..<100 {
      store(batch(round * 20..<round * 20 + 20), bench)
      bench.consume(name, prefetch: 100)
      bench.settle(bench.consumed(name), .delivered)
    }
    try bench.dieAndStart()
    let recalled = bench.keeper.recalled
    #expect(recalled.count >= limit - 20 && recalled.count <= limit + limit / 8 + 20)
    #expect(recalled.last?.event.content == Self.digest(1999))
    #expect(bench.keeper.store?.seen.events == recalled.count)
  }

  @Test("rows that have changed are forgotten, the others are not")
  func damaged() throws {
    let bench = try EmbeddedBench()
    for number in 0..<3 { store(batch(number..<number + 1), bench) }
    bench.keeper.close()
    try Database(path: bench.folder.file("queue.db")).execute(
      "UPDATE seen SET content=x'00' || substr(content, 2) WHERE number=2; INSERT INTO seen(at, content) VALUES(1, x'')"
    )
    let again = try EmbeddedBench(folder: bench.folder)
    #expect(again.keeper.recalled.map(\.event.content) == [Self.digest(0), Self.digest(2)])
  }
}
