import Core
import Database
import Fakes
import Foundation
import Platform
import Testing

@testable import Gateway

@Suite struct EmbeddedSpoolTests {
  @Test("spooled copies go to the owner of the spool, and to nobody while nobody owns it")
  func owners() throws {
    let bench = try EmbeddedBench()
    bench.consume(prefetch: 2)
    bench.republish(window: 2)
    bench.store(["1", "2", "3", "4", "5"])
    let first = bench.consumed()
    #expect(first.map(\.messageID) == ["1", "2"])
    #expect(bench.republisher.take().isEmpty)
    bench.assign(.nobody)
    bench.settle(first, .delivered)
    #expect(bench.consumed().isEmpty)
    #expect(bench.republisher.take().isEmpty)
    bench.assign(.republisher)
    #expect(bench.republisher.take().map(\.messageID) == ["3", "4"])
    #expect(bench.consumed().isEmpty)
    bench.assign(.workers)
    #expect(bench.consumed().map(\.messageID) == ["5"])
    #expect(bench.figures().unsettled == 3)
  }

  @Test("when the owner changes with copies out on both sides, each goes on once and to the new owner")
  func changeOfOwner() throws {
    let bench = try EmbeddedBench()
    bench.consume(prefetch: 3)
    bench.republish(window: 3)
    bench.store((1...8).map(String.init))
    let consumed = bench.consumed()
    bench.assign(.republisher)
    let published = bench.republisher.take()
    #expect(consumed.map(\.messageID) == ["1", "2", "3"])
    #expect(published.map(\.messageID) == ["4", "5", "6"])
    // A copy that the old owner returns goes to the new one, before younger ones.
    bench.settleRepublished(Array(published.prefix(1)), true)
    #expect(bench.republisher.take().map(\.messageID) == ["7"])
    bench.settle([consumed[0]], .returned)
    bench.settleRepublished([published[1]], true)
    #expect(bench.republisher.take().map(\.messageID) == ["1"])
    bench.assign(.workers)
    #expect(bench.consumed().map(\.messageID) == ["8"])
    bench.settleRepublished([published[2]], false)
    bench.settle([consumed[1], consumed[2]], .delivered)
    #expect(bench.consumed().map(\.messageID) == ["6"])
    #expect(bench.republisher.take().isEmpty)
    let ledger = try #require(bench.ledger())
    #expect((ledger.delivered, ledger.republished, ledger.unsettled, ledger.waiting) == (2, 2, 4, 0))
    #expect(ledger.isBalanced)
  }

  @Test("queues take turns within one window, each in its own order")
  func turns() throws {
    let bench = try EmbeddedBench()
    bench.assign(.republisher)
    let ids = (0..<300).map(String.init)
    bench.store(ids)
    bench.store(ids, to: EmbeddedBench.telegram)
    bench.republish(window: 100)
    var published: [QueueName: [String]] = [:]
    var settled = 0
    while case let given = bench.republisher.take(), !given.isEmpty {
      #expect(bench.figures().unsettled + bench.figures(EmbeddedBench.telegram).unsettled <= 100)
      for delivery in given { published[delivery.queue, default: []].append(delivery.messageID) }
      bench.settleRepublished(given, true)
      settled += given.count
      if settled == 100 {
        #expect(published[EmbeddedBench.logbeacon]?.count == 64)
        #expect(published[EmbeddedBench.telegram]?.count == 36)
      }
    }
    #expect(published[EmbeddedBench.logbeacon] == ids)
    #expect(published[EmbeddedBench.telegram] == ids.map { "\($0).developer" })
    #expect(bench.figures().queued + bench.figures(EmbeddedBench.telegram).queued == 0)
    #expect(bench.ledger()?.republished == 300)
    #expect(bench.ledger()?.isBalanced == true)
  }

  @Test("a copy that comes back from publishing is offered again after a while, and other queues go on")
  func pause() throws {
    let bench = try EmbeddedBench()
    bench.assign(.republisher)
    bench.republish(window: 1)
    bench.store(["1", "2"])
    bench.store(["3"], to: EmbeddedBench.telegram)
    let refused = bench.republisher.take()
    let before = Clock.unixMilliseconds()
    bench.settleRepublished(refused, false)
    let other = bench.republisher.take()
    #expect(other.map(\.messageID) == ["3.developer"])
    bench.settleRepublished(other, true)
    #expect(bench.republisher.take().isEmpty)
    var again: [Delivery] = []
    #expect(
      waitUntil {
        bench.turn()
        again += bench.republisher.take()
        return !again.isEmpty
      })
    #expect(Clock.unixMilliseconds() - before >= EmbeddedRepublisher.pauseMilliseconds)
    #expect(again.map(\.messageID) == ["1"])
    // Another owner, or the same once more, has not seen the refusal.
    bench.settleRepublished(again, false)
    bench.assign(.nobody)
    bench.assign(.republisher)
    #expect(bench.republisher.take().map(\.messageID) == ["1"])
  }

  @Test("a worker's copy that was handed to the broker counts as republished, one it does not hold it cannot settle")
  func holders() throws {
    let bench = try EmbeddedBench()
    bench.consume(prefetch: 1)
    bench.republish(window: 1)
    bench.store(["1", "2", "3"])
    let consumed = bench.consumed()
    bench.assign(.republisher)
    let published = bench.republisher.take()
    bench.settle(published, .delivered)
    #expect(bench.ledger()?.delivered == 0)
    bench.settleRepublished(consumed, true)
    bench.settleRepublished(consumed, true)
    bench.settleRepublished([published[0].tag, published[0].tag], true)
    let ledger = try #require(bench.ledger())
    #expect((ledger.delivered, ledger.republished, ledger.unsettled) == (0, 2, 1))
    #expect(ledger.isBalanced)
    #expect(bench.republisher.take().map(\.messageID) == ["3"])
  }

  @Test("a damaged copy on the way to be published is quarantined, takes no room in the window, and the others go on")
  func quarantine() throws {
    let folder = try TemporaryDirectory()
    let bench = try EmbeddedBench(folder: folder)
    bench.assign(.nobody)
    bench.store(["1", "2", "3", "4"], body: #"{"x":1}"#)
    bench.keeper.close()
    do {
      let database = try Database(path: folder.path + "/queue.db")
      let select = try database.prepare("SELECT content FROM packs")
      #expect(try select.step())
      var content = select.bytes(0)
      select.reset()
      // The last byte of the first copy: 14 bytes of header, 1 of id and 7 of body.
      content[21] ^= 1
      try database.prepare("UPDATE packs SET content=?1").run(blob: content.span, at: 1)
    }
    let next = try EmbeddedBench(folder: folder)
    next.republish(window: 2)
    next.assign(.republisher)
    let given = next.republisher.take()
    #expect(given.map(\.messageID) == ["2", "3"])
    next.settleRepublished(given, true)
    #expect(next.republisher.take().map(\.messageID) == ["4"])
    let ledger = try #require(next.ledger())
    #expect((ledger.quarantined, ledger.republished, ledger.unsettled) == (1, 2, 1))
    #expect(ledger.isBalanced)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/quarantine").count == 1)
  }

  @Test("where a damaged copy cannot be moved away, none is lost: all come once there is a place for it")
  func quarantineFails() throws {
    let folder = try TemporaryDirectory()
    let bench = try EmbeddedBench(folder: folder)
    bench.assign(.nobody)
    bench.store(["1", "2", "3"], body: #"{"x":1}"#)
    bench.keeper.close()
    do {
      let database = try Database(path: folder.path + "/queue.db")
      try database.execute(
        "UPDATE packs SET content=CAST(substr(content, 1, 21) || x'00' || substr(content, 23) AS BLOB)")
    }
    try Data().write(to: URL(filePath: folder.path + "/quarantine"))
    let next = try EmbeddedBench(folder: folder)
    next.consume(prefetch: 10)
    #expect(next.consumed().isEmpty)
    #expect(next.figures().unsettled == 0)
    try FileManager.default.removeItem(atPath: folder.path + "/quarantine")
    var given: [Delivery] = []
    #expect(
      waitUntil {
        next.turn()
        given += next.consumed()
        return !given.isEmpty
      })
    #expect(given.map(\.messageID) == ["2", "3"])
    #expect(next.ledger()?.quarantined == 1)
    #expect(next.ledger()?.isBalanced == true)
  }

  @Test("through the handle: what is held is fsynced, and what is published and settled is gone after a restart")
  func handle() throws {
    let folder = try TemporaryDirectory()
    let names = [EmbeddedBench.logbeacon, EmbeddedBench.telegram]
    let options = EmbeddedQueue.Options(folder: folder.path, names: names, maxBytes: 1 << 30, deadMaxBytes: 1 << 20)
    let tags = Monitor<[UInt64]?>(nil)
    do {
      let queue = try EmbeddedQueue(options)
      let probe = try DeliveryProbe()
      queue.assignSpool(to: .republisher)
      queue.republish(window: 10, receive: probe.receive)
      queue.storeHeld(CopyBatch(ids: ["1", "2"])) { outcome in
        tags.change { if case .held(let held) = outcome { $0 = held } }
      }
      #expect(tags.wait(timeout: .seconds(30)) { $0?.count == 2 })
      #expect(try queue.storeAndWait(CopyBatch(ids: ["3"])) == .spooled)
      let published = probe.waitFor(1)
      #expect(published.map(\.messageID) == ["3"])
      queue.settleRepublished(EmbeddedBench.logbeacon, [(published[0].tag, true), (try #require(tags.value)[0], true)])
      queue.stop()
      let closed = Monitor<HeldOutcome?>(nil)
      queue.storeHeld(CopyBatch(ids: ["4"])) { outcome in closed.change { $0 = outcome } }
      #expect(closed.value == .unavailable(.closed))
    }
    let queue = try EmbeddedQueue(options)
    defer { queue.stop() }
    let probe = try DeliveryProbe()
    queue.consume(EmbeddedBench.logbeacon, prefetch: 10, receive: probe.receive)
    #expect(probe.waitFor(1).map(\.messageID) == ["2"])
    #expect(queue.ledger(EmbeddedBench.logbeacon)?.republished == 2)
    #expect(queue.figures(EmbeddedBench.logbeacon).spooled == 1)
  }
}
