import AMQP
import Core
import Fakes
import Testing

@testable import Gateway

/// What the doctor finds at a real broker, and at peers that are none.
@Suite(.serialized) struct DoctorBrokerTests {
  private let domain = "d\(UInt32.random(in: 0 ... .max)).example"

  private func findings(_ url: String, timeout: Duration = .seconds(20)) -> [Finding] {
    var settings = Settings()
    settings.queue = .rabbitmq
    settings.broker.urls = [Secret(url)]
    settings.domains = [Settings.Domain(name: domain)]
    var options = Doctor.Options()
    options.timeout = timeout
    return Doctor(settings, options) { _ in }.broker()
  }

  private func failures(_ url: String, timeout: Duration = .seconds(20)) -> [Finding] {
    findings(url, timeout: timeout).filter { $0.status == .fail }
  }

  @Test("a broker that is well, and queues that do not exist yet")
  func fresh() throws {
    let node = try RabbitNode.shared
    let found = findings(node.url)
    #expect(found.allSatisfy { $0.status == .ok })
    #expect(
      found[0].text.contains(/RabbitMQ 3\.[0-9.]+ of cluster .*, heartbeat 20 s, 2047 channels, frames of 131072 bytes/)
    )
    #expect(found.contains(.ok("\(domain)_tg", "the queue does not exist yet; serve declares it")))
    // Looking at a queue does not make it.
    #expect(try BrokerHand(node.url).depth("\(domain)_tg") == nil)
  }

  @Test("every argument of a queue is found out, those that lose events are failures, and the queue stays as it was")
  func arguments() throws {
    let node = try RabbitNode.shared
    let hand = try BrokerHand(node.url)
    let arguments: AMQPHeaders = [
      "x-max-length": .integer(5), "x-message-ttl": .integer(60000), "x-overflow": .string("drop-head"),
    ]
    try hand.declare("\(domain)_logbeacon", arguments)
    try hand.declare("\(domain)_logbeacon.dead")
    try hand.declare("\(domain)_tg", ["x-queue-type": .string("quorum")])
    try hand.publish("\(domain)_logbeacon", "{}")
    try hand.publish("\(domain)_logbeacon.dead", "{}")
    let found = findings(node.url).filter { $0.topic == "\(domain)_logbeacon" }
    #expect(found.map(\.status) == [.warn, .fail, .fail, .warn])
    #expect(found[0].text.hasPrefix("classic queue, 1 messages ready, 0 consumers"))
    #expect(found[0].text.contains("x-max-length=5") && found[0].text.contains("x-overflow=drop-head"))
    #expect(found[1].text.contains("drops its oldest copies"))
    #expect(found[2].text.contains("x-message-ttl=60000 without x-dead-letter-exchange"))
    #expect(found[3].text.hasPrefix("1 dead letters"))
    #expect(findings(node.url).contains(.ok("\(domain)_tg", "quorum queue, 0 messages ready, 0 consumers")))
    try hand.declare("\(domain)_logbeacon", arguments)
    #expect(try hand.depth("\(domain)_logbeacon")?.messages == 1)
  }

  @Test("a wrong password, a missing virtual host and a user without rights are told apart, without the password")
  func login() throws {
    let node = try RabbitNode.shared
    let user = "u\(UInt32.random(in: 0 ... .max))"
    try node.addUser(user, password: "hush-1", configure: "^$", write: "^$", read: "^$")
    let found = [
      failures("amqp://guest:hush-2@127.0.0.1:\(node.port)"), failures("\(node.url)/none"),
      failures("amqp://\(user):hush-1@127.0.0.1:\(node.port)"),
    ]
    #expect(found[0].map(\.cause) == [.configuration])
    #expect(found[0][0].text.contains("check user and password"))
    #expect(found[1][0].text.contains("check the virtual host"))
    #expect(found[2][0].text.contains("may not publish to the default exchange"))
    #expect(!found.joined().contains { $0.text.contains("hush") })
  }

  @Test("an alarm that blocks publishers is a failure with its reason")
  func alarm() throws {
    let blocked = AMQPFrame.method(0, 10, 60, AMQPFrame.shortText("low on memory"))
    let peer = try AMQPPeer(.welcoming(blocked))
    let found = failures(peer.url, timeout: .seconds(1))
    #expect(found.contains { $0.text.contains("an alarm blocks publishers (low on memory)") })
  }

  @Test("nobody there, a peer that is silent, and one that is no broker, all within the time")
  func absent() throws {
    let silent = try AMQPPeer(.silent)
    let other = try FakeHTTPServer()
    #expect(failures("amqp://127.0.0.1:\(try freePort())")[0].text.contains("nobody listens there"))
    #expect(failures(silent.url, timeout: .milliseconds(300))[0].text.contains("does not answer as a broker"))
    #expect(failures("amqp://127.0.0.1:\(other.port)", timeout: .milliseconds(500)).count == 1)
  }
}
