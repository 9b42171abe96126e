import Core
import Database
import Fakes
import Foundation
import Platform
import Synchronization
import Testing

@testable import Gateway

@Suite struct SpoolFileTests {
  private let name = QueueName(domain: "a.example", sink: .logbeacon)
  private let telegram = QueueName(domain: "a.example", sink: .telegram)
  private let folder: TemporaryDirectory
  private let scratch: TemporaryDirectory

  init() throws {
    folder = try TemporaryDirectory()
    scratch = try TemporaryDirectory()
  }

  private func queue() throws -> EmbeddedQueue {
    try EmbeddedQueue(
      EmbeddedQueue.Options(folder: folder.path, names: [name, telegram], maxBytes: 1 << 30, deadMaxBytes: 1 << 20))
  }

  /// Three waiting copies, one parked, one dead; one of a pack is delivered.
  private func fill(_ queue: EmbeddedQueue) throws {
    let ids = ["gone", "late", "bad", "first", "second"]
    _ = try queue.storeAndWait(CopyBatch(ids: ids, body: #"{"v":1,"message":"商城"}"#))
    _ = try queue.storeAndWait(
      CopyBatch(ids: ["t"], queue: QueueID(domain: 0, sink: .telegram), audience: .developer, body: "not json"))
    let probe = try DeliveryProbe()
    queue.consume(name, prefetch: 5, receive: probe.receive)
    let tags = probe.waitFor(5).map(\.tag)
    queue.cancel(name)
    let note = DeathNote(reason: .rejected, attempt: 3, lastStatus: 422, lastError: "no \"such\" field")
    queue.settle(
      name,
      [
        (tags[0], .delivered), (tags[1], .parked(Parking(dueAt: 4_102_444_800_000, lane: "l", attempt: 2))),
        (tags[2], .dead(note)),
      ])
    #expect(waitUntil { queue.figures(name).dead == 1 && queue.figures(name).parked == 1 })
  }

  private func open() throws -> SpoolFile { try SpoolFile(folder.path, scratch: scratch.path) }

  private func export(_ file: SpoolFile, _ change: (inout SpoolExport) -> Void = { _ in }) -> [JSONValue] {
    var export = SpoolExport()
    change(&export)
    var lines: [[UInt8]] = []
    _ = export.run(file) { lines.append($0) }
    return lines.compactMap { JSONValue(parsing: $0) }
  }

  /// Flips a byte of the first place that holds `text`.
  private func damage(_ text: String) throws {
    let url = URL(fileURLWithPath: folder.file("queue.db"))
    var data = try Data(contentsOf: url)
    let place = try #require(data.range(of: Data(text.utf8)))
    data[place.lowerBound] ^= 1
    try data.write(to: url)
  }

  @Test("what a stopped or a running gateway holds is listed, verified and exported, and nothing is changed")
  func whole() throws {
    let queue = try queue()
    try fill(queue)
    for isRunning in [true, false] {
      if !isRunning { queue.stop() }
      let before = try Data(contentsOf: URL(fileURLWithPath: folder.file("queue.db")))
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      let file = try open()
      let report = SpoolReport(file, isThorough: true)
      #expect(report.isSound, "\(report.findings)")
      #expect(
        report.findings.map(\.text).contains(
          "a.example_logbeacon: 2 waiting, 1 parked, 1 dead: every checksum is right, the ledger adds up"))
      let lines = export(file)
      #expect(lines.map { $0["id"]?.string } == ["first", "second", "t", "late", "bad"])
      #expect(lines.map { $0["state"]?.string } == ["waiting", "waiting", "waiting", "parked", "dead"])
      #expect(lines[0]["queue"] == "a.example_logbeacon")
      #expect(lines[0]["body"] == ["v": 1, "message": "商城"])
      #expect(lines[2]["audience"] == "developer")
      #expect(lines[2]["body_base64"] == "bm90IGpzb24=")
      #expect(lines[3]["due_at"]?.string?.hasPrefix("2100-01-01T00:00:00") == true)
      #expect(lines[3]["attempt"] == 2)
      #expect(lines[4]["last_error"] == "no \"such\" field")
      #expect(lines[4]["last_status"] == 422)
      #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file("queue.db"))) == before)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == names)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).isEmpty)
  }

  @Test("filters choose queues, domains and states")
  func filters() throws {
    let queue = try queue()
    try fill(queue)
    queue.stop()
    let file = try open()
    #expect(export(file) { $0.queues = ["a.example_tg"] }.count == 1)
    #expect(export(file) { $0.domains = ["b.example"] }.isEmpty)
    #expect(export(file) { $0.states = [.dead, .parked] }.count == 2)
  }

  @Test("copies taken while a gateway writes are each of one moment")
  func busy() throws {
    let queue = try queue()
    defer { queue.stop() }
    let isOver = Atomic(false)
    let probe = try DeliveryProbe()
    queue.consume(name, prefetch: 64) { deliveries in
      probe.receive(deliveries)
      queue.settle(name, deliveries.map { ($0.tag, .delivered) })
    }
    let body = String(repeating: "x", count: 3000)
    try withThread {
      var count = 0
      while !isOver.load(ordering: .sequentiallyConsistent) {
        _ = try? queue.storeAndWait(CopyBatch(ids: (0..<32).map { "\(count)-\($0)" }, body: body))
        count += 1
      }
    } during: {
      defer { isOver.store(true, ordering: .sequentiallyConsistent) }
      _ = probe.waitFor(100)
      for _ in 0..<10 {
        let report = SpoolReport(try open(), isThorough: true)
        #expect(report.isSound, "\(report.findings)")
      }
    }
  }

  private func withThread(_ body: @escaping @Sendable () -> Void, during: () throws -> Void) rethrows {
    let thread = NamedThread("writer", body)
    defer { thread.join() }
    try during()
  }

  @Test("a log that is begun anew while it is copied spoils the copy, which is made again")
  func logBegunAnew() throws {
    let path = folder.file("queue.db")
    let database = try Database(path: path)
    try database.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB); CREATE TABLE c(n INTEGER)")
    try database.execute("INSERT INTO c VALUES(0)")
    let insert = {
      try database.execute(
        "BEGIN; INSERT INTO t(b) VALUES(randomblob(20000)),(randomblob(20000)); UPDATE c SET n=n+2; COMMIT")
    }
    for _ in 0..<3 { try insert() }
    var attempts = 0
    let snapshot = try SpoolSnapshot(of: path, scratch: scratch.path) {
      attempts += 1
      guard attempts == 1 else { return }
      try? database.checkpoint()
      try? insert()
    }
    #expect(attempts == 2)
    let copy = try Database(path: snapshot.path)
    let check = try copy.prepare("SELECT (SELECT count(*) FROM t), (SELECT n FROM c), (SELECT sum(length(b)) FROM t)")
    #expect(try check.step())
    #expect(check.int(0) == 8 && check.int(1) == 8 && check.int(2) == 160_000)
  }

  @Test("commits between the copies of file and log are in the copy whole")
  func commitsBetween() throws {
    let queue = try queue()
    defer { queue.stop() }
    try fill(queue)
    let snapshot = try SpoolSnapshot(of: folder.file("queue.db"), scratch: scratch.path) {
      _ = try? queue.storeAndWait(CopyBatch(ids: ["between"]))
    }
    let file = try SpoolFile(snapshot.path, scratch: scratch.path)
    #expect(SpoolReport(file, isThorough: true).isSound)
    #expect(export(file).contains { $0["id"] == "between" })
  }

  @Test("a file that is replaced during every copy is given up, and the reason says what helps")
  func tooBusy() throws {
    try queue().stop()
    let path = folder.file("queue.db")
    var attempts = 0
    #expect {
      _ = try SpoolSnapshot(of: path, scratch: scratch.path, attempts: 3) {
        attempts += 1
        try? FileManager.default.copyItem(atPath: path, toPath: "\(path).\(attempts)")
        try? FileManager.default.removeItem(atPath: path)
        try? FileManager.default.moveItem(atPath: "\(path).\(attempts)", toPath: path)
      }
    } throws: { ($0 as? SpoolError)?.code == .tooBusy }
    #expect(attempts == 3)
  }

  @Test("a damaged copy is named with its queue and number, and the others are exported")
  func damagedCopy() throws {
    let queue = try queue()
    try fill(queue)
    queue.stop()
    try damage("second")
    let file = try open()
    let report = SpoolReport(file, isThorough: true)
    #expect(!report.isSound)
    let damaged = report.findings.filter { !$0.isSound }.map(\.text)
    #expect(damaged.count == 1)
    #expect(damaged[0].contains(/^a\.example_logbeacon: copy [0-9]+ \(waiting\): its bytes are not those/))
    let lines = export(file)
    #expect(lines.count == 5)
    #expect(lines.filter { $0["damaged"] == true }.count == 1)
    #expect(lines.filter { $0["damaged"] == true }.allSatisfy { $0["body_base64"] != nil })
  }

  @Test("whichever page is overwritten, the rest is read, nothing wrong is taken for right, and nothing traps")
  func everyPage() throws {
    let queue = try queue()
    for batch in 0..<4 {
      _ = try queue.storeAndWait(
        CopyBatch(ids: (0..<20).map { "\(batch)-\($0)" }, body: #"{"text":"\#(String(repeating: "y", count: 300))"}"#))
    }
    queue.stop()
    let url = URL(fileURLWithPath: folder.file("queue.db"))
    let sound = try Data(contentsOf: url)
    let pages = sound.count / Database.pageBytes
    #expect(pages > 10)
    var unreadable = 0
    var mostSaved = 0
    for page in 0..<pages {
      var data = sound
      let start = page * Database.pageBytes
      data.replaceSubrange(
        start..<start + Database.pageBytes, with: Data(repeating: 0xA5, count: Database.pageBytes))
      try data.write(to: url)
      do {
        let file = try open()
        let isSound = SpoolReport(file, isThorough: true).isSound
        let intact = export(file).filter { $0["damaged"] == nil }
        #expect(intact.count == 80 || !isSound, "page \(page): \(intact.count)")
        #expect(Set(intact.compactMap { $0["id"]?.string }).count == intact.count)
        if !isSound { mostSaved = max(mostSaved, intact.count) }
      } catch {
        unreadable += 1
      }
    }
    #expect(unreadable < pages / 2)
    #expect(mostSaved > 50)
  }

  @Test("without the table of queues copies are still exported under their queue's number")
  func namelessQueues() throws {
    let queue = try queue()
    try fill(queue)
    queue.stop()
    try Database(path: folder.file("queue.db")).execute("DROP TABLE queues")
    let file = try open()
    let lines = export(file)
    #expect(lines.count == 5)
    #expect(lines[0]["queue"] == "queue 1")
    #expect(!SpoolReport(file, isThorough: false).isSound)
  }

  @Test("totals that do not match what is there are told")
  func ledger() throws {
    let queue = try queue()
    try fill(queue)
    queue.stop()
    try Database(path: folder.file("queue.db")).execute(
      "UPDATE queues SET stored=stored+1, dead=0 WHERE sink='logbeacon'")
    let failed = SpoolReport(try open(), isThorough: false).findings.filter { !$0.isSound }.map(\.text)
    #expect(
      failed == [
        "a.example_logbeacon: the ledger does not add up: 6 stored, 5 accounted for",
        "a.example_logbeacon: dead letters: 0 in its totals, 1 found",
      ])
  }

  @Test(
    "what is no queue file is refused with a reason",
    arguments: [("missing", nil, .missing), ("text", "no database", .unreadable), ("empty", "", .unreadable)]
      as [(String, String?, SpoolError.Code)])
  func refused(_ kind: String, _ content: String?, _ code: SpoolError.Code) throws {
    if let content { try folder.write(content, to: "queue.db") }
    #expect { _ = try open() } throws: { ($0 as? SpoolError)?.code == code }
  }

  @Test("a log without its file is refused, and left alone")
  func onlyLog() throws {
    try folder.write("log", to: "queue.db-wal")
    #expect { _ = try open() } throws: { ($0 as? SpoolError)?.code == .onlyLog }
    #expect(folder.read("queue.db-wal") == "log")
  }
}
