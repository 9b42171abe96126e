import AMQP
import Core
import Fakes
import Testing

@testable import Gateway

@Suite("BrokerTopology", .serialized) struct BrokerTopologyTests {
  private let node: RabbitNode
  private let hand: BrokerHand
  private let notices = Monitor([String]())
  private let name = "t\(UInt32.random(in: 0 ... .max))"

  init() throws {
    node = try .shared
    hand = try BrokerHand(node.url)
  }

  private func topology(_ type: Settings.QueueType? = nil) -> BrokerTopology {
    BrokerTopology(type: type) { [notices] _, sentence in notices.change { $0.append(sentence) } }
  }

  private func prepare(_ topology: BrokerTopology, _ names: [String], url: String? = nil) throws {
    try topology.prepare(names, at: AMQPURL(url ?? node.url), AMQPConnection.Options(name: "test"))
  }

  @Test(
    "a missing queue is declared plain durable, or of the configured type",
    arguments: [(nil, [:]), (.classic, ["x-queue-type": "classic"]), (.quorum, ["x-queue-type": "quorum"])]
      as [(Settings.QueueType?, [String: String])])
  func missing(_ type: Settings.QueueType?, _ arguments: [String: String]) throws {
    try prepare(topology(type), [name])
    var headers: AMQPHeaders = [:]
    for (key, value) in arguments { headers.append(key, .string(value)) }
    // Refused with 406 if it were otherwise.
    try hand.declare(name, headers)
    #expect(notices.value == ["queue \(name) did not exist and was declared"])
  }

  @Test(
    "a queue of the same kind that is deleted at once follows the last new one: a broker that is killed then knows that one",
    arguments: [nil, .quorum] as [Settings.QueueType?])
  func settled(_ type: Settings.QueueType?) throws {
    let proxy = try TCPProxy(to: node.port)
    proxy.startRecording()
    let names = ["\(name).1", "\(name).2", String(repeating: "x", count: 245) + "\(name.suffix(10))"]
    for _ in 0..<2 { try prepare(topology(type), names, url: "amqp://guest:guest@127.0.0.1:\(proxy.port)") }
    for name in names { #expect(try hand.depth(name)?.messages == 0) }
    let sent = String(decoding: proxy.record, as: UTF8.self)
    let others = sent.matches(of: /beacongate\.[0-9a-f]{1,8}\.[xt0-9.]+/)
    // Asked for and deleted.
    try #require(others.count == 2 && others[0].output == others[1].output)
    #expect(others[0].output.hasSuffix(names[2].suffix(200)) && others[0].output.utf8.count <= 255)
    #expect(sent[others[0].range.upperBound..<others[1].range.lowerBound].contains("quorum") == (type == .quorum))
    #expect(try hand.depth(String(others[0].output)) == nil)
    for name in names { try hand.delete(name) }
  }

  @Test("an existing queue is used as it is, and the argument that differs is named once")
  func otherArguments() throws {
    try hand.declare(name, ["x-max-length": .integer(5)])
    let topology = topology()
    try prepare(topology, [name])
    try prepare(topology, [name])
    try #require(notices.value.count == 1)
    #expect(notices.value[0].contains("\(name) is used as it is") && notices.value[0].contains("x-max-length"))
    try hand.declare(name, ["x-max-length": .integer(5)])
  }

  @Test("a queue that may not be declared is said once and does not keep the others from it")
  func forbidden() throws {
    let user = "u\(UInt32.random(in: 0 ... .max))"
    try node.addUser(user, password: "pw", configure: "^may.*")
    let topology = topology()
    let names = [name, "may\(name)"]
    for _ in 0..<2 { try prepare(topology, names, url: node.url(user: user, password: "pw")) }
    #expect(try hand.depth(names[0]) == nil)
    #expect(try hand.depth(names[1])?.messages == 0)
    #expect(notices.value.count { $0.contains("cannot be declared: ACCESS_REFUSED") } == 1)
    #expect(notices.value.count == 2)
  }

  @Test("a broker that cannot be reached is an error, not a missing queue")
  func unreachable() throws {
    let topology = topology()
    let port = try freePort()
    #expect(throws: AMQPError.self) { try prepare(topology, [name], url: "amqp://127.0.0.1:\(port)") }
    #expect(notices.value.isEmpty)
  }
}
