import Core
import Database
import Fakes
import Foundation
import Gateway
import Platform
import Synchronization
import Testing

@Suite struct EmbeddedQueueTests {
  private let name = QueueName(domain: "a.example", sink: .logbeacon)
  private let telegram = QueueName(domain: "a.example", sink: .telegram)

  private func options(_ folder: TemporaryDirectory, maxBytes: Int64 = 1 << 30, deadMaxBytes: Int64 = 1 << 20)
    -> EmbeddedQueue.Options
  {
    EmbeddedQueue.Options(folder: folder.path, names: [name, telegram], maxBytes: maxBytes, deadMaxBytes: deadMaxBytes)
  }

  @Test("copies come out in the order in which they were stored, with their bodies and message ids")
  func order() throws {
    let folder = try TemporaryDirectory()
    let queue = try EmbeddedQueue(options(folder))
    defer { queue.stop() }
    #expect(try queue.storeAndWait(CopyBatch(ids: ["1", "2"], body: #"{"a":1}"#)) == .spooled)
    #expect(
      try queue.storeAndWait(CopyBatch(ids: ["3"], queue: QueueID(domain: 0, sink: .telegram), audience: .developer))
        == .spooled)
    let probe = try DeliveryProbe()
    queue.consume(name, prefetch: 10, receive: probe.receive)
    let other = try DeliveryProbe()
    queue.consume(telegram, prefetch: 10, receive: other.receive)
    #expect(probe.waitFor(2).map(\.messageID) == ["1", "2"])
    #expect(probe.waitFor(2).map { String(decoding: $0.body, as: UTF8.self) } == [#"{"a":1}"#, #"{"a":1}"#])
    #expect(other.waitFor(1).map(\.messageID) == ["3.developer"])
    #expect(queue.figures(name).queued == 2)
  }

  @Test("no more than prefetch copies are unsettled, and settling brings the next ones")
  func prefetch() throws {
    let folder = try TemporaryDirectory()
    let queue = try EmbeddedQueue(options(folder))
    defer { queue.stop() }
    _ = try queue.storeAndWait(CopyBatch(ids: (1...9).map(String.init)))
    let probe = try DeliveryProbe()
    queue.consume(name, prefetch: 3, receive: probe.receive)
    let first = probe.waitFor(3)
    #expect(first.map(\.messageID) == ["1", "2", "3"])
    queue.settle(name, [(first[1].tag, .delivered)])
    #expect(probe.waitFor(4).map(\.messageID) == ["1", "2", "3", "4"])
    queue.settle(name, [(first[0].tag, .delivered), (first[2].tag, .disabled)])
    #expect(probe.waitFor(6).map(\.messageID) == ["1", "2", "3", "4", "5", "6"])
  }

  @Test("what was not settled comes again after a restart, what was settled does not")
  func restart() throws {
    let folder = try TemporaryDirectory()
    do {
      let queue = try EmbeddedQueue(options(folder))
      _ = try queue.storeAndWait(CopyBatch(ids: ["1", "2", "3"]))
      let probe = try DeliveryProbe()
      queue.consume(name, prefetch: 10, receive: probe.receive)
      let all = probe.waitFor(3)
      queue.settle(name, [(all[1].tag, .delivered)])
      queue.stop()
    }
    let queue = try EmbeddedQueue(options(folder))
    defer { queue.stop() }
    let probe = try DeliveryProbe()
    queue.consume(name, prefetch: 10, receive: probe.receive)
    #expect(probe.waitFor(2).map(\.messageID) == ["1", "3"])
    let ledger = try #require(queue.ledger(name))
    #expect((ledger.stored, ledger.delivered, ledger.waiting + ledger.unsettled) == (3, 1, 2))
  }

  @Test("a parked copy waits for its time, keeps its attempts, and others pass it")
  func parking() throws {
    let folder = try TemporaryDirectory()
    let queue = try EmbeddedQueue(options(folder))
    defer { queue.stop() }
    _ = try queue.storeAndWait(CopyBatch(ids: ["1", "2"]))
    let probe = try DeliveryProbe()
    queue.consume(name, prefetch: 1, receive: probe.receive)
    let first = probe.waitFor(1)[0]
    let due = Clock.unixMilliseconds() + 300
    queue.settle(name, [(first.tag, .parked(Parking(dueAt: due, lane: "k", attempt: 2)))])
    let second = probe.waitFor(2)[1]
    #expect(second.messageID == "2")
    #expect(queue.figures(name).parked == 1)
    queue.settle(name, [(second.tag, .delivered)])
    let again = probe.waitFor(3)[2]
    #expect(Clock.unixMilliseconds() >= due)
    #expect(again.messageID == "1")
    #expect(again.attempt == 2)
    queue.settle(name, [(again.tag, .delivered)])
  }

  @Test("releasing a lane makes its parked copies due at once, and no others")
  func release() throws {
    let folder = try TemporaryDirectory()
    let queue = try EmbeddedQueue(options(folder))
    defer { queue.stop() }
    _ = try queue.storeAndWait(CopyBatch(ids: ["1", "2"]))
    let probe = try DeliveryProbe()
    queue.consume(name, prefetch: 10, receive: probe.receive)
    let far = Clock.unixMilliseconds() + 3_600_000
    for (delivery, lane) in zip(probe.waitFor(2), ["x", "y"]) {
      queue.settle(name, [(delivery.tag, .parked(Parking(dueAt: far, lane: lane, attempt: 0)))])
    }
    queue.release(name, lane: "y")
    #expect(probe.waitFor(3).dropFirst(2).map(\.messageID) == ["2"])
  }

  @Test("a copy that is returned comes out again before later ones")
  func returned() throws {
    let folder = try TemporaryDirectory()
    let queue = try EmbeddedQueue(options(folder))
    defer { queue.stop() }
    _ = try queue.storeAndWait(CopyBatch(ids: ["1", "2", "3", "4"]))
    let probe = try DeliveryProbe()
    queue.consume(name, prefetch: 2, receive: probe.receive)
    let first = probe.waitFor(2)
    queue.settle(name, [(first[0].tag, .returned)])
    #expect(probe.waitFor(3).map(\.messageID) == ["1", "2", "1"])
    queue.settle(name, [(first[0].tag, .delivered), (first[1].tag, .delivered)])
    #expect(probe.waitFor(5).map(\.messageID) == ["1", "2", "1", "3", "4"])
  }

  @Test("a buried copy is a dead letter that survives a restart")
  func burying() throws {
    let folder = try TemporaryDirectory()
    let note = DeathNote(reason: .rejected, attempt: 3, lastStatus: 400, lastError: "bad")
    do {
      let queue = try EmbeddedQueue(options(folder))
      _ = try queue.storeAndWait(CopyBatch(ids: ["1"]))
      let probe = try DeliveryProbe()
      queue.consume(name, prefetch: 2, receive: probe.receive)
      queue.settle(name, [(probe.waitFor(1)[0].tag, .dead(note))])
      queue.stop()
    }
    let queue = try EmbeddedQueue(options(folder))
    queue.stop()
    #expect(queue.figures(name).dead == 1)
    #expect(queue.figures(name).queued == 0)
    let database = try Database(path: folder.path + "/queue.db")
    let select = try database.prepare("SELECT id, reason, attempt, last_status, last_error FROM dead")
    #expect(try select.step())
    #expect(select.text(0) == "1")
    #expect(select.text(1) == "rejected")
    #expect(select.int(2) == 3)
    #expect(select.int(3) == 400)
    #expect(select.text(4) == "bad")
  }

  @Test("a full dead store pauses the consumer and drops nothing")
  func deadStoreFull() throws {
    let folder = try TemporaryDirectory()
    let queue = try EmbeddedQueue(options(folder, deadMaxBytes: 0))
    defer { queue.stop() }
    _ = try queue.storeAndWait(CopyBatch(ids: ["1"]))
    let probe = try DeliveryProbe()
    queue.consume(name, prefetch: 2, receive: probe.receive)
    let note = DeathNote(reason: .rejected, attempt: 1, lastStatus: 400, lastError: "")
    queue.settle(name, [(probe.waitFor(1)[0].tag, .dead(note))])
    #expect(try queue.storeAndWait(CopyBatch(ids: ["2"])) == .spooled)
    #expect(queue.figures(name).queued == 2)
    #expect(queue.figures(name).dead == 0)
    #expect(queue.state.isDeadStoreFull)
  }

  @Test("a store that has reached its limit refuses and says so, and takes again when copies are gone")
  func full() throws {
    let folder = try TemporaryDirectory()
    let queue = try EmbeddedQueue(options(folder, maxBytes: 200_000))
    defer { queue.stop() }
    let body = String(repeating: "x", count: 20_000)
    var stored = 0
    while try queue.storeAndWait(CopyBatch(ids: ["\(stored)"], body: body)) == .spooled, stored < 100 { stored += 1 }
    #expect((3...9).contains(stored))
    #expect(try queue.storeAndWait(CopyBatch(ids: ["late"], body: body)) == .unavailable(.full))
    let probe = try DeliveryProbe()
    queue.consume(name, prefetch: 100, receive: probe.receive)
    queue.settle(name, probe.waitFor(stored).map { ($0.tag, .delivered) })
    #expect(try queue.storeAndWait(CopyBatch(ids: ["late"], body: body)) == .spooled)
  }

  @Test("a file that is no database is moved to the quarantine and the queue starts empty")
  func damagedFile() throws {
    let folder = try TemporaryDirectory()
    try Data(repeating: 0x41, count: 65536).write(to: URL(filePath: folder.path + "/queue.db"))
    let notices = Mutex<[String]>([])
    let queue = try EmbeddedQueue(options(folder)) { _, sentence in notices.withLock { $0.append(sentence) } }
    defer { queue.stop() }
    #expect(try queue.storeAndWait(CopyBatch(ids: ["1"])) == .spooled)
    #expect(notices.withLock { $0.count } == 1)
    let moved = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/quarantine")
    #expect(moved.count == 1)
  }

  @Test("a row whose bytes have changed is quarantined and the others are delivered")
  func damagedRow() throws {
    let folder = try TemporaryDirectory()
    do {
      let queue = try EmbeddedQueue(options(folder))
      _ = try queue.storeAndWait(CopyBatch(ids: ["1", "2", "3"], body: #"{"x":1}"#))
      queue.stop()
    }
    do {
      let database = try Database(path: folder.path + "/queue.db")
      let select = try database.prepare("SELECT content FROM packs")
      #expect(try select.step())
      var content = select.bytes(0)
      select.reset()
      // The last byte of the second copy: each is 14 bytes of header, 1 of id and 7 of body.
      content[2 * 22 - 1] ^= 1
      try database.prepare("UPDATE packs SET content=?1").run(blob: content.span, at: 1)
    }
    let queue = try EmbeddedQueue(options(folder))
    defer { queue.stop() }
    let probe = try DeliveryProbe()
    queue.consume(name, prefetch: 10, receive: probe.receive)
    #expect(probe.waitFor(2).map(\.messageID) == ["1", "3"])
    _ = try queue.storeAndWait(CopyBatch(ids: ["4"]))
    #expect(queue.ledger(name)?.quarantined == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/quarantine").count == 1)
  }

  @Test("a pack whose lengths have changed is quarantined from there on, and what was stored after it is delivered")
  func damagedPack() throws {
    let folder = try TemporaryDirectory()
    do {
      let queue = try EmbeddedQueue(options(folder))
      _ = try queue.storeAndWait(CopyBatch(ids: ["1", "2", "3"], body: #"{"x":1}"#))
      _ = try queue.storeAndWait(CopyBatch(ids: ["4"]))
      queue.stop()
    }
    do {
      let database = try Database(path: folder.path + "/queue.db")
      let select = try database.prepare("SELECT first, content FROM packs ORDER BY first LIMIT 1")
      #expect(try select.step())
      let first = select.int(0)
      var content = select.bytes(1)
      select.reset()
      content[22 + 8] = 0xFF
      let update = try database.prepare("UPDATE packs SET content=?1 WHERE first=?2")
      update.bind(2, first)
      try update.run(blob: content.span, at: 1)
    }
    let queue = try EmbeddedQueue(options(folder))
    defer { queue.stop() }
    let probe = try DeliveryProbe()
    queue.consume(name, prefetch: 10, receive: probe.receive)
    #expect(probe.waitFor(2).map(\.messageID) == ["1", "4"])
    _ = try queue.storeAndWait(CopyBatch(ids: ["5"]))
    #expect(queue.ledger(name)?.quarantined == 2)
  }

  @Test("a queue of many packs comes out complete and in order, whatever is settled when")
  func manyPacks() throws {
    let folder = try TemporaryDirectory()
    let ids = (0..<1000).map(String.init)
    var expected = ids
    do {
      let queue = try EmbeddedQueue(options(folder))
      _ = try queue.storeAndWait(CopyBatch(ids: ids))
      let probe = try DeliveryProbe()
      queue.consume(name, prefetch: 300, receive: probe.receive)
      // Every third of the first three hundred; the rest comes again.
      let some = probe.waitFor(300).enumerated().filter { $0.offset % 3 == 0 }.map(\.element)
      queue.settle(name, some.map { ($0.tag, .delivered) })
      #expect(probe.waitFor(400).map(\.messageID) == Array(ids.prefix(400)))
      queue.stop()
      expected.removeAll { id in some.contains { $0.messageID == id } }
    }
    let queue = try EmbeddedQueue(options(folder))
    defer { queue.stop() }
    #expect(queue.figures(name).queued == 900)
    let probe = try DeliveryProbe()
    queue.consume(name, prefetch: 2000, receive: probe.receive)
    let all = probe.waitFor(900)
    #expect(all.map(\.messageID) == expected)
    queue.settle(name, all.map { ($0.tag, .delivered) })
    _ = try queue.storeAndWait(CopyBatch(ids: ["last"]))
    #expect(queue.figures(name).queued == 1)
    let ledger = try #require(queue.ledger(name))
    #expect((ledger.stored, ledger.delivered) == (1001, 1000))
  }

  @Test("settling one delivery twice counts once")
  func settledTwice() throws {
    let folder = try TemporaryDirectory()
    let queue = try EmbeddedQueue(options(folder))
    defer { queue.stop() }
    _ = try queue.storeAndWait(CopyBatch(ids: ["1", "2", "3"]))
    let probe = try DeliveryProbe()
    queue.consume(name, prefetch: 10, receive: probe.receive)
    let tag = probe.waitFor(3)[0].tag
    queue.settle(name, [(tag, .delivered), (tag, .delivered)])
    queue.settle(name, [(tag, .disabled)])
    _ = try queue.storeAndWait(CopyBatch(ids: ["4"]))
    let ledger = try #require(queue.ledger(name))
    #expect((ledger.delivered, ledger.disabled, queue.figures(name).queued) == (1, 0, 3))
  }

  @Test("a consumer that takes over gets what was not given out, and settles what its predecessor got")
  func takeover() throws {
    let folder = try TemporaryDirectory()
    let queue = try EmbeddedQueue(options(folder))
    defer { queue.stop() }
    _ = try queue.storeAndWait(CopyBatch(ids: (1...6).map(String.init)))
    let first = try DeliveryProbe()
    queue.consume(name, prefetch: 2, receive: first.receive)
    let held = first.waitFor(2)
    queue.cancel(name)
    queue.settle(name, [(held[0].tag, .returned), (held[1].tag, .delivered)])
    let second = try DeliveryProbe()
    queue.consume(name, prefetch: 1, receive: second.receive)
    #expect(second.waitFor(1).map(\.messageID) == ["1"])
    queue.settle(name, [(held[0].tag, .delivered)])
    #expect(second.waitFor(2).map(\.messageID) == ["1", "3"])
  }

  @Test("after stop a batch is answered closed")
  func closed() throws {
    let folder = try TemporaryDirectory()
    let queue = try EmbeddedQueue(options(folder))
    queue.stop()
    #expect(try queue.storeAndWait(CopyBatch(ids: ["1"])) == .unavailable(.closed))
  }

  @Test("batches sent together from several threads are all answered and all there")
  func concurrency() throws {
    let folder = try TemporaryDirectory()
    let queue = try EmbeddedQueue(options(folder))
    let answered = Mutex(0)
    let threads = (0..<4).map { thread in
      NamedThread("storing") {
        for item in 0..<50 where (try? queue.storeAndWait(CopyBatch(ids: ["\(thread)-\(item)"]))) == .spooled {
          answered.withLock { $0 += 1 }
        }
      }
    }
    for thread in threads { thread.join() }
    queue.stop()
    #expect(answered.withLock { $0 } == 200)
    #expect(queue.figures(name).queued == 200)
  }
}
