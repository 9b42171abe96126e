import Core
import Database
import Fakes
import Foundation
import Platform
import Testing

@testable import Gateway

@Suite struct EmbeddedParkingTests {
  private static let hour: Int64 = 3_600_000
  private let name = EmbeddedBench.logbeacon
  private let note = DeathNote(reason: .rejected, attempt: 3, lastStatus: 400, lastError: "bad")

  private func copy(
    _ id: String, attempt: Int = 0, body: [UInt8] = Array("{}".utf8), isRedelivered: Bool = false, dueIn: Int64 = 0,
    queue: QueueName = EmbeddedBench.logbeacon
  ) -> ForeignCopy {
    ForeignCopy(
      queue: queue, messageID: id, attempt: attempt, body: body, isRedelivered: isRedelivered,
      dueAt: Clock.unixMilliseconds() + dueIn, lane: "k")
  }

  @Test(
    "a copy from the broker comes out as it came in, whatever its id and body",
    arguments: [
      "7", "x.developer", "x.customer", "", "O'Brien \"; DROP TABLE parked;--", "錯誤\u{202E}", "a\u{0}b",
      String(repeating: "é", count: 127) + "x",
    ], [QueueName(domain: "a.example", sink: .logbeacon), QueueName(domain: "a.example", sink: .telegram)])
  func identity(id: String, queue: QueueName) throws {
    let bench = try EmbeddedBench()
    for body in [[], [0, 0xFF, 0x22]] as [[UInt8]] {
      #expect(bench.park([copy(id, attempt: 4, body: body, queue: queue)]) == nil)
    }
    try bench.dieAndStart()
    bench.consume(queue, prefetch: 10)
    let given = bench.consumed(queue)
    #expect(given.map(\.messageID) == [id, id])
    #expect(given.map(\.body) == [[], [0, 0xFF, 0x22]])
    #expect(given.allSatisfy { $0.isParked && $0.attempt == 4 })
    bench.settle(given, .delivered)
    #expect(bench.figures(queue).queued == 0)
  }

  @Test("copies that wait for a digest are counted apart, and still are after a restart; the ledger balances")
  func grouped() throws {
    let bench = try EmbeddedBench()
    bench.store(["a", "b"])
    bench.consume(prefetch: 10)
    let lane = DigestLane(epoch: 1, number: 1, isLead: false).name
    bench.settle(
      bench.consumed(), .parked(Parking(dueAt: Clock.unixMilliseconds() + Self.hour, lane: lane, attempt: 0)))
    func check(grouped: Int, waiting: Int) throws {
      let ledger = try #require(bench.ledger())
      #expect((ledger.grouped, ledger.waiting) == (grouped, waiting))
      #expect(ledger.isBalanced)
    }
    try check(grouped: 2, waiting: 0)
    try bench.dieAndStart()
    try check(grouped: 2, waiting: 0)
    bench.consume(prefetch: 1)
    bench.turn(.release(name, lane: lane))
    let given = bench.consumed()
    #expect(given.map(\.lane) == [lane])
    try check(grouped: 1, waiting: 0)
    bench.settle(given, .parked(Parking(dueAt: Clock.unixMilliseconds() + Self.hour, lane: "chat", attempt: 0)))
    // The other one is out.
    try check(grouped: 0, waiting: 1)
  }

  @Test("a parked copy waits for its time, and one of the spool is no parked one")
  func due() throws {
    let bench = try EmbeddedBench()
    bench.consume(prefetch: 10)
    #expect(bench.park([copy("late", dueIn: Self.hour), copy("soon", dueIn: 50)]) == nil)
    bench.store(["new"])
    #expect(bench.consumed().map(\.isParked) == [false])
    #expect((bench.figures().parked, bench.figures().spooled) == (2, 1))
    var given: [Delivery] = []
    #expect(
      waitUntil {
        bench.turn()
        given += bench.consumed()
        return !given.isEmpty
      })
    #expect(given.map(\.messageID) == ["soon"])
    bench.turn(.release(name, lane: "k"))
    #expect(bench.consumed().map(\.messageID) == ["late"])
  }

  @Test(
    "a redelivered copy that is parked already is kept once; another body, id, queue or a first delivery is not the same"
  )
  func redelivered() throws {
    let bench = try EmbeddedBench()
    #expect(bench.park([copy("1", attempt: 2, dueIn: Self.hour)]) == nil)
    #expect(bench.park([copy("1", isRedelivered: true), copy("1", isRedelivered: true)]) == nil)
    #expect((bench.figures().parked, bench.ledger()?.stored) == (1, 1))
    #expect(bench.park([copy("2", isRedelivered: true), copy("2", isRedelivered: true)]) == nil)
    #expect(bench.figures().parked == 2)
    #expect(bench.park([copy("1", body: [1], isRedelivered: true), copy("1")]) == nil)
    #expect(bench.park([copy("1", isRedelivered: true, queue: EmbeddedBench.telegram)]) == nil)
    #expect((bench.figures().parked, bench.figures(EmbeddedBench.telegram).parked) == (4, 1))
    #expect(bench.ledger()?.isBalanced == true)
    bench.consume(prefetch: 10)
    // It keeps the time that it waits for.
    #expect(bench.consumed().map(\.messageID) == ["2", "1", "1"])
  }

  @Test("parked copies that are given back go to the republisher whatever they wait for, attempts kept")
  func givenBack() throws {
    let bench = try EmbeddedBench()
    bench.republish(window: 100)
    bench.assign(.republisher)
    #expect(bench.park((0..<150).map { copy("\($0)", attempt: $0, dueIn: Self.hour) }) == nil)
    #expect(bench.park([copy("t", dueIn: Self.hour, queue: EmbeddedBench.telegram)]) == nil)
    #expect(bench.republisher.take().isEmpty)
    bench.turn(.giveBackParked(true, [name]))
    let first = bench.republisher.take()
    #expect(first.map(\.attempt) == Array(0..<100))
    #expect(first.allSatisfy { $0.isParked })
    bench.settleRepublished(Array(first.prefix(60)), true)
    #expect(bench.republisher.take().map(\.attempt) == Array(100..<150))
    // One that comes on is given back as well.
    #expect(bench.park([copy("late", attempt: 7, dueIn: Self.hour)]) == nil)
    #expect(bench.republisher.take().map(\.messageID) == ["late"])
    let ledger = try #require(bench.ledger())
    #expect((ledger.republished, ledger.unsettled, ledger.waiting) == (60, 91, 0))
    #expect(ledger.isBalanced)
    #expect(bench.figures(EmbeddedBench.telegram).unsettled == 0)
  }

  @Test("what a cancelled consumer never settled goes back with the parked copies, and nobody settles it twice")
  func forsaken() throws {
    let bench = try EmbeddedBench()
    bench.consume(prefetch: 10)
    bench.republish(window: 10)
    bench.assign(.republisher)
    #expect(bench.park([copy("1"), copy("2"), copy("later", dueIn: Self.hour)]) == nil)
    let held = bench.consumed()
    #expect(held.map(\.messageID) == ["1", "2"])
    // While it consumes, what it holds is its own.
    bench.turn(.giveBackParked(true, [name]))
    #expect(bench.republisher.take().map(\.messageID) == ["later"])
    bench.turn(.cancel(name))
    bench.turn(.giveBackParked(true, [name]))
    let out = bench.republisher.take()
    #expect(Set(out.map(\.messageID)) == ["1", "2"])
    bench.turn(.settle(name, held.map { ($0.tag, .delivered) }))
    bench.settleRepublished(out, true)
    let ledger = try #require(bench.ledger())
    #expect((ledger.republished, ledger.unsettled, ledger.delivered) == (2, 1, 0) && ledger.isBalanced)
  }

  @Test("once parked copies are no longer given back, those that come back wait for their time as before")
  func keptAgain() throws {
    let bench = try EmbeddedBench()
    bench.consume(prefetch: 10)
    bench.republish(window: 10)
    bench.assign(.republisher)
    #expect(bench.park([copy("late", dueIn: Self.hour), copy("soon", dueIn: 200)]) == nil)
    bench.turn(.giveBackParked(true, [name]))
    let out = bench.republisher.take()
    #expect(out.map(\.messageID) == ["late", "soon"])
    bench.turn(.giveBackParked(false, [name]))
    bench.settleRepublished(out, false)
    #expect(bench.consumed().isEmpty && bench.republisher.take().isEmpty)
    var given: [Delivery] = []
    #expect(
      waitUntil {
        bench.turn()
        given += bench.consumed()
        return !given.isEmpty
      })
    #expect(given.map(\.messageID) == ["soon"])
    #expect(Clock.unixMilliseconds() >= 200)
    #expect(bench.republisher.take().isEmpty)
    #expect(bench.figures().parked == 2)
  }

  @Test("copies that a worker holds when giving back begins follow once it parks or returns them")
  func heldByWorker() throws {
    let bench = try EmbeddedBench()
    bench.consume(prefetch: 10)
    bench.republish(window: 10)
    bench.assign(.republisher)
    #expect(bench.park((1...4).map { copy("\($0)") }) == nil)
    let consumed = bench.consumed()
    #expect(consumed.count == 4)
    bench.turn(.giveBackParked(true, [name]))
    #expect(bench.republisher.take().isEmpty)
    let later = Parking(dueAt: Clock.unixMilliseconds() + Self.hour, lane: "k", attempt: 5)
    bench.settle([consumed[2]], .parked(later))
    #expect(bench.republisher.take().map(\.attempt) == [5])
    bench.settle([consumed[0]], .returned)
    bench.settle([consumed[1]], .delivered)
    #expect(bench.republisher.take().map(\.messageID) == ["1"])
    #expect(bench.consumed().isEmpty)
    #expect((bench.figures().parked, bench.figures().unsettled) == (3, 3))
  }

  @Test(
    "given back parked copies go with the spooled ones: to workers when they are due, to nobody while nobody owns them")
  func withTheSpool() throws {
    let bench = try EmbeddedBench()
    bench.consume(prefetch: 10)
    bench.republish(window: 10)
    bench.assign(.nobody)
    bench.turn(.giveBackParked(true, [name]))
    #expect(bench.park([copy("now"), copy("late", dueIn: Self.hour)]) == nil)
    #expect(bench.consumed().isEmpty && bench.republisher.take().isEmpty)
    bench.assign(.workers)
    #expect(bench.consumed().map(\.messageID) == ["now"])
    bench.assign(.republisher)
    #expect(bench.republisher.take().map(\.messageID) == ["late"])
  }

  @Test("a buried copy from the broker is a dead letter as it came in, and counts as stored")
  func buried() throws {
    let bench = try EmbeddedBench()
    #expect(bench.bury([(copy("x.developer", body: []), note), (copy("2", body: [0xFF]), note)]) == nil)
    let ledger = try #require(bench.ledger())
    #expect((ledger.stored, ledger.dead, ledger.waiting) == (2, 2, 0))
    #expect(ledger.isBalanced)
    #expect(bench.figures().bytes == 0)
    bench.keeper.close()
    let database = try Database(path: bench.folder.file("queue.db"))
    let select = try database.prepare("SELECT id, target, body, reason, attempt, last_status, last_error FROM dead")
    #expect(try select.step())
    #expect((select.text(0), select.int(1), select.bytes(2)) == ("x.developer", 0, []))
    #expect((select.text(3), select.int(4), select.int(5), select.text(6)) == ("rejected", 3, 400, "bad"))
    #expect(try select.step())
    #expect(select.bytes(2) == [0xFF])
  }

  @Test("parked, buried and stored copies of one transaction keep their numbers apart")
  func oneTransaction() throws {
    let bench = try EmbeddedBench()
    let done = Monitor(0)
    let count: @Sendable (StoreFailure?) -> Void = { if $0 == nil { done.change { $0 += 1 } } }
    bench.turn(
      .order(.store(EmbeddedBench.batch(["1", "2"], name, "{}")) { _ in }),
      .order(.park([copy("3")], count)), .order(.bury([(copy("4"), note)], count)),
      .order(.store(EmbeddedBench.batch(["5"], name, "{}")) { _ in }))
    #expect(done.value == 2)
    bench.consume(prefetch: 10)
    let given = bench.consumed()
    #expect(given.map(\.messageID) == ["3", "1", "2", "5"])
    #expect(Set(given.map(\.tag)).count == 4)
    bench.settle(given, .delivered)
    let ledger = try #require(bench.ledger())
    #expect((ledger.stored, ledger.delivered, ledger.dead, ledger.waiting) == (5, 4, 1, 0))
  }

  @Test("beyond dead.max_bytes nothing is buried, and there is room again when the limit is raised")
  func deadStoreFull() throws {
    let bench = try EmbeddedBench(deadMaxBytes: 10)
    #expect(bench.bury([(copy("1", body: Array(repeating: 0x20, count: 10)), note)]) == nil)
    #expect(bench.bury([(copy("2"), note)]) == .full)
    #expect(bench.board.state.isDeadStoreFull)
    #expect(bench.park([copy("2")]) == nil)
    bench.turn(.limit(maxBytes: 1 << 30, deadMaxBytes: 100))
    #expect(bench.bury([(copy("2"), note)]) == nil)
    #expect((bench.figures().dead, bench.board.state.isDeadStoreFull) == (2, false))
  }

  @Test("copies of a queue that is not configured are refused, and so is whatever came with them")
  func unknownQueue() throws {
    let bench = try EmbeddedBench()
    let other = QueueName(domain: "b.example", sink: .logbeacon)
    #expect(bench.park([copy("1"), copy("2", queue: other)]) == .unwritable)
    #expect(bench.bury([(copy("3", queue: other), note)]) == .unwritable)
    #expect(bench.ledger()?.stored == 0)
  }

  @Test(
    "on a full disk nothing is parked, buried or held, settlements go on, and it heals",
    .enabled(if: geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/mount")))
  func diskFull() throws {
    let folder = try TemporaryDirectory()
    let small = folder.file("small")
    try FileManager.default.createDirectory(atPath: small, withIntermediateDirectories: true)
    guard try run("/usr/bin/mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", small, in: folder) else { return }
    defer { _ = try? run("/usr/bin/umount", "-l", small, in: folder) }
    let bench = try EmbeddedBench(folder: folder, path: small)
    bench.assign(.republisher)
    bench.republish(window: 1000)
    let body = Array(repeating: UInt8(0x20), count: 20_000)
    var parked = 0
    while parked < 1000, bench.park([copy("\(parked)", body: body, dueIn: Self.hour)]) == nil { parked += 1 }
    #expect((10..<100).contains(parked))
    #expect(bench.board.state.failure == .diskFull)
    #expect(bench.park([copy("late")]) == .diskFull)
    #expect(bench.bury([(copy("late"), note)]) == .diskFull)
    #expect(bench.hold(["late"]).isEmpty)
    #expect(bench.ledger()?.stored == parked)
    bench.turn(.giveBackParked(true, [name]))
    var republished = 0
    #expect(
      waitUntil {
        let given = bench.republisher.take()
        bench.settleRepublished(given, true)
        bench.turn()
        republished += given.count
        return bench.figures().queued == 0
      })
    #expect(republished == parked)
    #expect(
      waitUntil {
        bench.turn()
        return bench.park([copy("late")]) == nil
      })
    #expect(bench.ledger()?.isBalanced == true)
    bench.keeper.close()
  }

  private func run(_ program: String, _ arguments: String..., in folder: TemporaryDirectory) throws -> Bool {
    let child = try ChildProcess(
      program, arguments: arguments, environment: [:], output: folder.file("tool.out"), errors: folder.file("tool.err"))
    return child.wait() == .code(0)
  }
}
