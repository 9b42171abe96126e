import Core
import Database
import Fakes
import Synchronization
import Testing

@testable import Gateway

/// What operators do with the dead letters of the file, turn by turn.
@Suite struct EmbeddedDeadTests {
  private let note = DeathNote(reason: .rejected, attempt: 3, lastStatus: 400, lastError: "HTTP 400: no")

  private final class Answers: Sendable {
    private let all = Mutex<[DeadAnswer]>([])
    func add(_ answer: DeadAnswer) { all.withLock { $0.append(answer) } }
    var first: DeadAnswer? { all.withLock { $0.first } }
  }

  /// Turns until the order is carried out; how many turns it took.
  private func carryOut(
    _ bench: EmbeddedBench, _ order: DeadOrder
  ) throws -> (answer: DeadAnswer, turns: Int) {
    let answers = Answers()
    bench.turn(.dead(order) { answers.add($0) })
    var turns = 1
    while answers.first == nil, turns < 1000 {
      bench.turn()
      turns += 1
    }
    return (try #require(answers.first), turns)
  }

  /// `count` dead letters on each queue.
  private func bench(_ count: Int, body: String = "{}") throws -> EmbeddedBench {
    let bench = try EmbeddedBench(deadMaxBytes: 1 << 30)
    for name in [EmbeddedBench.logbeacon, EmbeddedBench.telegram] {
      bench.store((0..<count).map { "e\($0)" }, to: name, body: body)
      bench.consume(name, prefetch: count)
      bench.settle(bench.consumed(name), .dead(note))
    }
    return bench
  }

  @Test("a list shows every letter by number, page after page")
  func list() throws {
    let bench = try bench(200)
    var order = DeadOrder(.list)
    order.limit = 150
    var entries: [DeadEntry] = []
    var pages = 0
    repeat {
      let answer = try carryOut(bench, order).answer
      #expect(answer.entries.count <= 150)
      entries += answer.entries
      order.cursor = answer.next
      pages += 1
    } while order.cursor != nil && pages < 10
    #expect(entries.count == 400)
    #expect(Set(entries.map(\.key)).count == 400)
    let first = try #require(entries.first)
    #expect((first.id, first.queue, first.reason) == ("e0", EmbeddedBench.logbeacon, "rejected"))
    #expect((first.attempts, first.lastStatus, first.lastError, first.bytes) == (3, 400, "HTTP 400: no", 2))
    #expect(entries.last?.audience == .developer)
    order = DeadOrder(.list)
    order.filter.sink = .telegram
    order.limit = 1000
    #expect(try carryOut(bench, order).answer.entries.count == 200)
    order.filter.reason = .unreadable
    #expect(try carryOut(bench, order).answer.entries.isEmpty)
  }

  @Test("a letter is read with its body, and one that is not there is not")
  func read() throws {
    let bench = try bench(3, body: #"{"a":1}"#)
    let key = try #require(try carryOut(bench, DeadOrder(.list)).answer.entries.first?.key)
    var order = DeadOrder(.read)
    order.keys = [key]
    let answer = try carryOut(bench, order).answer
    #expect(String(decoding: answer.body, as: UTF8.self) == #"{"a":1}"#)
    #expect(answer.isIntact)
    order.keys = [.spool(1)]
    #expect(try carryOut(bench, order).answer.entries.isEmpty)
  }

  @Test("replayed letters are given out again, never tried, with their ids, and the ledger stays exact")
  func replay() throws {
    let bench = try bench(300)
    var order = DeadOrder(.replay)
    order.filter.sink = .logbeacon
    let (answer, turns) = try carryOut(bench, order)
    #expect(answer.changed == 300)
    #expect(turns > 2, "it gives way to others in between")
    let again = bench.consumed()
    #expect(again.count == 300)
    #expect(Set(again.map(\.messageID)) == Set((0..<300).map { "e\($0)" }))
    #expect(again.allSatisfy { $0.attempt == 0 })
    let ledger = try #require(bench.ledger())
    #expect((ledger.stored, ledger.dead, ledger.purged, ledger.unsettled) == (300, 0, 0, 300))
    #expect(ledger.isBalanced)
    bench.settle([again[0]], .dead(note))
    bench.settle(Array(again[1...]), .delivered)
    let after = try #require(bench.ledger())
    #expect((after.stored, after.dead, after.delivered) == (300, 1, 299))
    #expect(after.isBalanced)
    #expect(bench.figures(EmbeddedBench.telegram).dead == 300)
  }

  @Test("a replay that the process does not outlive is whole or not at all")
  func crash() throws {
    let bench = try bench(5)
    var order = DeadOrder(.replay)
    order.limit = 2
    #expect(try carryOut(bench, order).answer.next != nil)
    _ = bench.consumed()
    try bench.dieAndStart()
    let ledger = try #require(bench.ledger())
    #expect((ledger.dead, ledger.waiting) == (3, 2))
    #expect(ledger.isBalanced)
    bench.consume(prefetch: 10)
    #expect(bench.consumed().map(\.messageID) == ["e0", "e1"])
  }

  @Test("where parked copies go back to the broker, replayed letters do so too")
  func givenBack() throws {
    let bench = try bench(2)
    bench.turn(.giveBackParked(true, [EmbeddedBench.logbeacon, EmbeddedBench.telegram]))
    bench.republish(window: 10)
    bench.assign(.republisher)
    #expect(try carryOut(bench, DeadOrder(.replay)).answer.changed == 4)
    let copies = bench.republisher.take()
    #expect(Set(copies.map(\.messageID)) == ["e0", "e1", "e0.developer", "e1.developer"])
    #expect(copies.allSatisfy { $0.attempt == 0 })
    bench.settleRepublished(copies, true)
    let ledger = try #require(bench.ledger())
    #expect((ledger.stored, ledger.republished, ledger.dead) == (2, 2, 0))
    #expect(ledger.isBalanced)
  }

  @Test("purged letters are gone and counted, others stay")
  func purge() throws {
    let bench = try bench(3)
    let keys = try carryOut(bench, DeadOrder(.list)).answer.entries.map(\.key)
    var order = DeadOrder(.purge)
    order.keys = [keys[1], keys[1], keys[4], .spool(7)]
    #expect(try carryOut(bench, order).answer.changed == 2)
    try bench.dieAndStart()
    for name in [EmbeddedBench.logbeacon, EmbeddedBench.telegram] {
      let ledger = try #require(bench.ledger(name))
      #expect((ledger.stored, ledger.dead, ledger.purged) == (3, 2, 1))
      #expect(ledger.isBalanced)
    }
    #expect(try carryOut(bench, DeadOrder(.list)).answer.entries.map(\.key) == [keys[0], keys[2], keys[3], keys[5]])
  }

  @Test("large letters are moved a few at a time, and a limit is kept")
  func large() throws {
    let bench = try bench(12, body: String(repeating: "x", count: 300_000))
    var order = DeadOrder(.replay)
    order.limit = 7
    let (answer, turns) = try carryOut(bench, order)
    #expect(answer.changed == 7)
    #expect(turns > 1)
    order.limit = 100
    order.cursor = answer.next
    #expect(try carryOut(bench, order).answer.changed == 17)
    #expect(bench.figures().dead + bench.figures(EmbeddedBench.telegram).dead == 0)
  }

  @Test("room among the dead letters is used at once after a purge")
  func room() throws {
    let bench = try EmbeddedBench(deadMaxBytes: 2)
    bench.store(["1", "2"])
    bench.consume(prefetch: 10)
    let given = bench.consumed()
    bench.settle([given[0]], .dead(note))
    bench.settle([given[1]], .dead(note))
    #expect(bench.board.state.isDeadStoreFull)
    #expect(try carryOut(bench, DeadOrder(.purge)).answer.changed == 1)
    #expect(!bench.board.state.isDeadStoreFull)
    #expect(bench.consumed().map(\.messageID) == ["2"])
  }

  @Test("letters of a domain that is no longer configured are listed and purged, but not replayed")
  func formerDomain() throws {
    let folder = try TemporaryDirectory()
    let former = QueueName(domain: "former.example", sink: .logbeacon)
    let options = EmbeddedQueue.Options(folder: folder.path, names: [former], maxBytes: 1 << 30, deadMaxBytes: 1 << 20)
    let queue = try EmbeddedQueue(options)
    let copy = ForeignCopy(queue: former, messageID: "1", attempt: 1, body: Array("{}".utf8))
    let done = Answers()
    queue.bury([(copy, note)]) { _ in done.add(DeadAnswer()) }
    #expect(waitUntil { done.first != nil })
    queue.stop()
    let bench = try EmbeddedBench(folder: folder)
    #expect(try carryOut(bench, DeadOrder(.list)).answer.entries.map(\.queue) == [former])
    #expect(try carryOut(bench, DeadOrder(.replay)).answer.changed == 0)
    #expect(try carryOut(bench, DeadOrder(.purge)).answer.changed == 1)
  }

  @Test("after the end every order is refused")
  func stopped() throws {
    let folder = try TemporaryDirectory()
    let queue = try EmbeddedQueue(
      EmbeddedQueue.Options(
        folder: folder.path, names: [EmbeddedBench.logbeacon], maxBytes: 1 << 30, deadMaxBytes: 1 << 20))
    queue.stop()
    let answers = Answers()
    queue.carryOut(DeadOrder(.list)) { answers.add($0) }
    #expect(answers.first?.failure == "the gateway is shutting down")
  }
}
