import Core
import Database
import Fakes
import Foundation
import Platform
import Synchronization
import Testing

@testable import Gateway

/// A queue file that came to harm, and what comes back of it.
@Suite struct SalvageTests {
  private let name = QueueName(domain: "a.example", sink: .logbeacon)
  private let telegram = QueueName(domain: "a.example", sink: .telegram)
  private let folder: TemporaryDirectory
  private static let body = #"{"v":1,"message":"商城"}"#

  init() throws { folder = try TemporaryDirectory() }

  /// A store with a salvage beside it, as the program has them.
  private final class House {
    let queue: EmbeddedQueue
    let salvage: Salvage
    let notices = Notices()

    init(_ folder: String, _ names: [QueueName], maxBytes: Int64 = 1 << 30, isStarted: Bool = true) throws {
      let wakeup = try Wakeup()
      var options = EmbeddedQueue.Options(folder: folder, names: names, maxBytes: maxBytes, deadMaxBytes: 1 << 20)
      options.salvage = { wakeup.signal() }
      let notices = notices
      queue = try EmbeddedQueue(options) { notices.add($1) }
      salvage = Salvage(options, into: queue, wakeup: wakeup) { notices.add($1) }
      if isStarted { salvage.start() }
    }

    func stop() {
      salvage.stop()
      queue.stop()
    }
  }

  private final class Notices: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    func has(_ words: String) -> Bool { lines.withLock { $0.contains { $0.contains(words) } } }
    var all: [String] { lines.withLock { $0 } }
  }

  private func house(maxBytes: Int64 = 1 << 30, isStarted: Bool = true) throws -> House {
    try House(folder.path, [name, telegram], maxBytes: maxBytes, isStarted: isStarted)
  }

  private var file: String { folder.file("queue.db") }
  private var log: String { folder.file("queue.db-wal") }

  private func change(_ path: String, _ body: (inout [UInt8]) throws -> Void) throws {
    var bytes = Array(try Data(contentsOf: URL(filePath: path)))
    try body(&bytes)
    try Data(bytes).write(to: URL(filePath: path))
  }

  private func quarantine() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.file("quarantine")).sorted()
      .map { folder.file("quarantine/\($0)") }
  }

  /// A store whose process was killed: what it has committed lies in its log.
  private func killed(_ commits: [[String]]) throws {
    let living = try TemporaryDirectory()
    let house = try House(living.path, [name, telegram])
    defer { house.stop() }
    for ids in commits { #expect(try house.queue.storeAndWait(CopyBatch(ids: ids, body: Self.body)) == .spooled) }
    for suffix in ["", "-wal"] {
      try FileManager.default.copyItem(atPath: living.file("queue.db\(suffix)"), toPath: file + suffix)
    }
  }

  /// Waiting copies, one parked and one dead, in a file that was closed in order; the ids that wait.
  private func filled() throws -> [String] {
    let house = try house()
    defer { house.stop() }
    let ids = ["late", "bad"] + (1...3000).map { "copy-\($0)" }
    for start in stride(from: 0, to: ids.count, by: 100) {
      let some = ids[start..<min(start + 100, ids.count)]
      #expect(try house.queue.storeAndWait(CopyBatch(ids: Array(some), body: Self.body)) == .spooled)
    }
    let probe = try DeliveryProbe()
    house.queue.consume(name, prefetch: 2, receive: probe.receive)
    let tags = probe.waitFor(2).map(\.tag)
    house.queue.cancel(name)
    let note = DeathNote(reason: .rejected, attempt: 3, lastStatus: 422, lastError: "no")
    house.queue.settle(
      name, [(tags[0], .parked(Parking(dueAt: 4_102_444_800_000, lane: "l", attempt: 2))), (tags[1], .dead(note))])
    #expect(waitUntil { house.queue.figures(name).dead == 1 && house.queue.figures(name).parked == 1 })
    return Array(ids.dropFirst(2))
  }

  private func delivered(_ house: House, _ count: Int) throws -> Set<String> {
    let probe = try DeliveryProbe()
    house.queue.consume(name, prefetch: count + 10, receive: probe.receive)
    let deliveries = probe.waitFor(count)
    #expect(deliveries.allSatisfy { String(decoding: $0.body, as: UTF8.self) == Self.body })
    return Set(deliveries.map(\.messageID))
  }

  @Test("pages of a file are damaged: what waits elsewhere in it comes back, with what is parked and what is dead")
  func damagedPages() throws {
    let ids = try filled()
    // Two pages in the middle, and the number of pages in the head, which makes SQLite refuse the file.
    try change(file) { bytes in
      let middle = bytes.count / 2 / 8192 * 8192
      for at in middle..<middle + 2 * 8192 { bytes[at] = 0xA5 }
      bytes[28] = 0xFF
    }
    let house = try house()
    defer { house.stop() }
    _ = try house.queue.storeAndWait(CopyBatch(ids: ["new"], body: Self.body))
    // Nothing may have been noticed yet: whoever reads meets it.
    let probe = try DeliveryProbe()
    house.queue.consume(name, prefetch: 10_000, receive: probe.receive)
    #expect(waitUntil { house.notices.has("taken over") }, "\(house.notices.all)")
    let figures = house.queue.figures(name)
    let arrived = Set(probe.waitFor(Int(figures.queued - figures.parked)).map(\.messageID))
    #expect(arrived.contains("new"))
    #expect(arrived.count > ids.count * 8 / 10, "\(arrived.count)")
    #expect(arrived.subtracting(["new", "late", "bad"]).isSubset(of: ids))
    #expect(house.queue.figures(name).parked == 1)
    #expect(house.queue.figures(name).dead == 1)
  }

  @Test("a bit turned in the log that a kill left: every commit is delivered, and the log is kept as it was")
  func damagedLog() throws {
    try killed([["1", "2"], ["3"], ["4"], ["5"], ["6"], ["7"]])
    let original = try Data(contentsOf: URL(filePath: log))
    try change(log) { bytes in
      let place = try #require(Data(bytes).range(of: Data("商城".utf8)))
      bytes[place.lowerBound + Self.frameBytes] ^= 1
    }
    let harmed = try Data(contentsOf: URL(filePath: log))
    #expect(harmed != original)
    let house = try house()
    defer { house.stop() }
    #expect(try delivered(house, 7) == Set((1...7).map(String.init)))
    #expect(house.notices.has("mended"), "\(house.notices.all)")
    let kept = try #require(try quarantine().first)
    #expect(try Data(contentsOf: URL(filePath: kept + "/queue.db-wal")) == harmed)
  }

  @Test("the last commit of a log does not fit: what is whole of it is taken over, all else was never away")
  func lastCommit() throws {
    try killed([["1"], ["2"], ["3", "4", "5"]])
    // The last of the frames of the last commit: its second copy's body is no longer what it was.
    try change(log) { bytes in
      let place = try #require(Data(bytes).range(of: Data("5{\"v\":1".utf8), options: .backwards))
      bytes[place.lowerBound + 3] ^= 1
    }
    let house = try house()
    defer { house.stop() }
    #expect(waitUntil { house.notices.has("taken over") }, "\(house.notices.all)")
    #expect(try delivered(house, 4) == ["1", "2", "3", "4"])
    #expect(house.notices.has("2 copies"), "\(house.notices.all)")
    #expect(try !FileManager.default.fileExists(atPath: #require(quarantine().first) + "/salvage"))
  }

  @Test("what is taken over waits until there is room, and a stop meanwhile only puts it off")
  func interrupted() throws {
    let ids = try filled()
    try change(file) { bytes in bytes[5 * 8192] ^= 0xFF }
    let small = try house(maxBytes: 20_000)
    let probe = try DeliveryProbe()
    small.queue.consume(name, prefetch: 1, receive: probe.receive)
    _ = waitUntil(timeout: .seconds(5)) { small.notices.has("spool.max_bytes is reached") }
    small.stop()
    let house = try house()
    defer { house.stop() }
    let others = try DeliveryProbe()
    house.queue.consume(name, prefetch: 10_000, receive: others.receive)
    #expect(
      waitUntil {
        house.queue.figures(name).queued >= ids.count * 9 / 10
      }, "\(house.notices.all) \(house.queue.figures(name))")
  }

  @Test(
    "copies that are counted and that nothing finds come back once the rest is delivered, a wild time to wait for as well"
  )
  func hidden() throws {
    let ids = try filled()
    do {
      let database = try Database(path: file)
      try database.execute("UPDATE parked SET due=due+(1<<60)")
      try database.execute("UPDATE queues SET queued=queued+8")
    }
    let house = try house()
    defer { house.stop() }
    let probe = try DeliveryProbe()
    house.queue.consume(
      name, prefetch: 100,
      receive: { [queue = house.queue, name] deliveries in
        probe.receive(deliveries)
        queue.settle(name, deliveries.map { ($0.tag, .delivered) })
      })
    let arrived = probe.waitFor(ids.count + 1).map(\.messageID)
    #expect(arrived.sorted() == (ids + ["late"]).sorted())
    #expect(house.notices.has("9 of its copies cannot be found"), "\(house.notices.all)")
    #expect(waitUntil { house.queue.figures(name).queued == 0 && house.queue.figures(name).dead == 1 })
  }

  @Test("a file that holds nothing to be read is looked at once")
  func nothingToRead() throws {
    try Data(repeating: 0x41, count: 65536).write(to: URL(filePath: file))
    let house = try house()
    defer { house.stop() }
    #expect(waitUntil { house.notices.has("nothing can be taken over") }, "\(house.notices.all)")
    let kept = try #require(try quarantine().first)
    #expect(waitUntil { !FileManager.default.fileExists(atPath: kept + "/salvage") })
    #expect(FileManager.default.fileExists(atPath: kept + "/queue.db"))
  }

  private static let frameBytes = 24 + 8192
}
