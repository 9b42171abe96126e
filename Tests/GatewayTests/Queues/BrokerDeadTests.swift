import AMQP
import Core
import Fakes
import Platform
import Synchronization
import Testing

@testable import Gateway

/// What operators do with `.dead` queues at a real broker.
@Suite(.serialized) struct BrokerDeadTests {
  private let node: RabbitNode
  private let hand: BrokerHand
  private let queue: QueueName
  private let names: [QueueName]

  init() throws {
    node = try RabbitNode.shared
    hand = try BrokerHand(node.url)
    let domain = "d\(UInt32.random(in: 0 ... .max)).example"
    names = Sink.allCases.map { QueueName(domain: domain, sink: $0) }
    queue = names[0]
  }

  private func carryOut(_ order: DeadOrder, url: String? = nil) throws -> DeadAnswer {
    var broker = Settings.Broker()
    broker.urls = [Secret(url ?? node.url)]
    let dead = try BrokerDead(BrokerAccess(broker), names)
    defer { dead.stop(deadline: Clock.monotonicNanoseconds() + 10_000_000_000) }
    let done = try Wakeup()
    let answer = Mutex<DeadAnswer?>(nil)
    dead.carryOut(order) { result in
      answer.withLock { $0 = result }
      done.signal()
    }
    done.wait(milliseconds: 40_000)
    return try #require(answer.withLock { $0 })
  }

  private func bury(_ ids: [String], reason: String = "rejected", arguments: AMQPHeaders = [:]) throws {
    try hand.declare(queue.deadName, arguments)
    for id in ids {
      let headers: AMQPHeaders = [
        "x-attempt": .integer(3), "x-reason": .string(reason), "x-last-status": .integer(400),
        "x-last-error": .string("HTTP 400"), "x-died-at": .string("2025-01-15T02:30:00.000Z"),
        "x-digest": .string("d\(id)"),
      ]
      try hand.publish(
        queue.deadName, "{\"n\":\"\(id)\"}",
        AMQPProperties(
          messageID: id, appID: "shop", type: "log.v1", contentType: "application/json", timestamp: 7, headers: headers)
      )
    }
  }

  @Test("letters are listed with what they say of their end, page after page, and stay in their order")
  func list() throws {
    let ids = (0..<40).map { "e\($0)" }
    try bury(ids)
    var order = DeadOrder(.list)
    order.limit = 25
    let first = try carryOut(order)
    #expect(first.entries.map(\.id) == Array(ids[..<25]))
    #expect(first.next == .broker(queue: 0, offset: 25))
    order.cursor = first.next
    let second = try carryOut(order)
    #expect(second.entries.map(\.id) == Array(ids[25...]))
    #expect(second.next == nil)
    #expect(first.counts == [40, 0, 0].enumerated().map { .init(queue: names[$0], place: .broker, letters: $1) })
    let entry = first.entries[0]
    #expect((entry.reason, entry.attempts, entry.lastStatus, entry.lastError) == ("rejected", 3, 400, "HTTP 400"))
    #expect(entry.diedAt == 1_736_908_200_000)
    #expect(try hand.take(queue.deadName, 40).compactMap(\.properties.messageID) == ids)
  }

  @Test("a letter is read by its key")
  func read() throws {
    try bury(["a", "b"])
    let entries = try carryOut(DeadOrder(.list)).entries
    var order = DeadOrder(.read)
    order.keys = [entries[1].key]
    let answer = try carryOut(order)
    #expect(answer.entries == [entries[1]])
    #expect(String(decoding: answer.body, as: UTF8.self) == #"{"n":"b"}"#)
    #expect(try hand.depth(queue.deadName)?.messages == 2)
  }

  @Test("replayed letters are in their main queue as they were first published, and no longer among the dead")
  func replay() throws {
    try hand.declare("\(queue)")
    let ids = (0..<20).map { "e\($0)" }
    try bury(ids)
    try bury(["other"], reason: "unreadable")
    var order = DeadOrder(.replay)
    order.filter.reason = .rejected
    #expect(try carryOut(order).changed == 20)
    let copies = try hand.take("\(queue)", 20)
    #expect(copies.compactMap(\.properties.messageID) == ids)
    #expect(
      copies[0].properties
        == AMQPProperties(
          messageID: "e0", appID: "shop", type: "log.v1", contentType: "application/json", timestamp: 7,
          headers: ["x-attempt": .integer(0), "x-digest": .string("de0")]))
    #expect(String(decoding: copies[0].body, as: UTF8.self) == #"{"n":"e0"}"#)
    #expect(try hand.take(queue.deadName, 1).compactMap(\.properties.messageID) == ["other"])
  }

  @Test("without its main queue nothing is replayed and nothing is lost")
  func missingQueue() throws {
    try bury(["a", "b"])
    let answer = try carryOut(DeadOrder(.replay))
    #expect(answer.changed == 0)
    #expect(answer.failure?.contains("queue \(queue) does not take the copy") == true)
    #expect(try hand.take(queue.deadName, 2).compactMap(\.properties.messageID) == ["a", "b"])
  }

  @Test("a purge deletes what is meant, up to its limit")
  func purge() throws {
    try bury(["a", "b", "c"])
    var order = DeadOrder(.purge)
    order.limit = 2
    let answer = try carryOut(order)
    #expect(answer.changed == 2)
    #expect(answer.next == .broker(queue: 0, offset: 0))
    let last = try #require(try carryOut(DeadOrder(.list)).entries.first)
    #expect(last.id == "c")
    order = DeadOrder(.purge)
    order.keys = [last.key]
    #expect(try carryOut(order).changed == 1)
    #expect(try hand.depth(queue.deadName)?.messages == 0)
  }

  @Test("letters of a quorum queue may be looked at again and again: they are written anew before the queue drops them")
  func worn() throws {
    try bury(["a", "b"], arguments: ["x-queue-type": .string("quorum")])
    for _ in 0..<14 { #expect(try Set(carryOut(DeadOrder(.list)).entries.map(\.id)) == ["a", "b"]) }
    let left = try hand.take(queue.deadName, 2)
    #expect(left.allSatisfy { $0.properties.headers.integer("x-delivery-count") ?? 0 < 10 })
    #expect(left.allSatisfy { $0.properties.headers.string("x-reason") == "rejected" })
  }

  @Test("without queues the list is empty, and no queue is made; without a broker it is a sentence")
  func nothing() throws {
    #expect(try carryOut(DeadOrder(.list)).entries.isEmpty)
    #expect(try hand.depth(queue.deadName) == nil)
    let answer = try carryOut(DeadOrder(.list), url: "amqp://guest:guest@127.0.0.1:1")
    #expect(answer.failure?.hasPrefix("the broker cannot be asked: ") == true)
  }
}
