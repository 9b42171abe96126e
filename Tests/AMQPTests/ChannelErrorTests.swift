import AMQP
import Fakes
import Testing

/// What the broker refuses on a channel closes that channel only.
@Suite struct ChannelErrorTests {
  @Test("a queue that does not exist is 404, and the channel can be opened again")
  func notFound() throws {
    let client = try AMQPClient.open(RabbitNode.shared.url)
    var queue = AMQPQueueDeclaration(name: "refused.missing")
    queue.isPassive = true
    try client.connection.declare(1, queue)
    let (code, text) = try #require(try client.channelClose())
    #expect(code == 404)
    #expect(text.contains("refused.missing"))

    try client.connection.openChannel(1)
    try client.expect(.channelOpened(1))
    try client.connection.consume(1, queue: "refused.missing", consumerTag: "reader")
    #expect(try client.channelClose()?.code == 404)
  }

  @Test("a queue with other arguments is 406, an exclusive one of another connection 405")
  func refusedQueues() throws {
    let client = try AMQPClient.open(RabbitNode.shared.url)
    try client.declareQueue("refused.exclusive", ["x-max-length": .integer(10)])
    var other = AMQPQueueDeclaration(name: "refused.exclusive")
    other.isExclusive = true
    other.isDurable = false
    try client.connection.declare(1, other)
    let (code, text) = try #require(try client.channelClose())
    #expect(code == 406)
    #expect(text.contains("x-max-length"))

    let stranger = try AMQPClient.open(RabbitNode.shared.url)
    try stranger.connection.declare(1, other)
    #expect(try stranger.channelClose()?.code == 405)
  }

  @Test("an unknown delivery tag is 406")
  func unknownTag() throws {
    let client = try AMQPClient.open(RabbitNode.shared.url)
    try client.connection.ack(1, deliveryTag: 99, multiple: false)
    #expect(try client.channelClose()?.code == 406)
  }

  @Test("a user without permission gets 403, a wrong password or virtual host is a refused login without the password")
  func permissions() throws {
    let node = try RabbitNode.shared
    try node.addUser("visitor", password: "pass-visitor", write: "^$")
    let client = try AMQPClient.open(node.url(user: "visitor", password: "pass-visitor"))
    try client.publish("refused.write", "{}")
    #expect(try client.channelClose()?.code == 403)

    for (url, code) in [
      (node.url(user: "visitor", password: "wrong-secret"), 403),
      (node.url(user: "visitor", password: "pass-visitor", vhost: "nowhere"), 530),
    ] {
      let error = #expect(throws: AMQPError.self) { try AMQPClient(url) }
      #expect(error?.code == .login)
      #expect(error?.underlyingCode == code)
      #expect(error?.description.contains("secret") == false)
      #expect(error?.description.contains("pass-visitor") == false)
    }
  }

  @Test("on a closed channel acks and cancels do nothing, publishing throws, and another channel goes on")
  func closedChannel() throws {
    let client = try AMQPClient.open(RabbitNode.shared.url)
    try client.connection.openChannel(2)
    try client.expect(.channelOpened(2))
    try client.connection.ack(1, deliveryTag: 99, multiple: false)
    #expect(try client.channelClose()?.code == 406)
    try client.connection.ack(1, deliveryTag: 1, multiple: true)
    try client.connection.cancel(1, consumerTag: "reader")
    #expect(throws: AMQPError.self) { try client.publish("refused.closed", "{}") }
    var queue = AMQPQueueDeclaration(name: "refused.second")
    queue.isExclusive = true
    try client.connection.declare(2, queue)
    try client.expect(.declared(2, queue: "refused.second", messages: 0, consumers: 0))
    try client.connection.closeChannel(2)
    try client.expect(.channelCloseOK(2))
  }
}

extension AMQPClient {
  /// The next close of a channel by the broker.
  func channelClose() throws -> (code: Int, text: String)? {
    let event = try next { if case .channelClosed = $0 { true } else { false } }
    guard case .channelClosed(_, let code, let text) = event else { return nil }
    return (code, text)
  }
}
