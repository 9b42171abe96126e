import AMQP
import Fakes
import Testing

/// Deliveries, acks and what ends a consumer, against a real broker.
@Suite struct ConsumeTests {
  @Test("a consumer gets at most its prefetch, and more with each ack")
  func prefetch() throws {
    let client = try AMQPClient.open(RabbitNode.shared.url)
    try client.declareQueue("consume.prefetch")
    for index in 1...5 { try client.publish("consume.prefetch", "\(index)", id: "id-\(index)") }
    try client.connection.qos(1, prefetch: 2)
    try client.expect(.qosOK(1))
    try client.connection.consume(1, queue: "consume.prefetch", consumerTag: "reader")
    try client.expect(.consumeOK(1, consumerTag: "reader"))
    for index in 1...2 {
      let delivery = try #require(try client.nextDelivery())
      #expect(delivery.properties.messageID == "id-\(index)")
      #expect(delivery.body == Array("\(index)".utf8))
      #expect(delivery.consumerTag == "reader")
      #expect(delivery.routingKey == "consume.prefetch")
      #expect(delivery.exchange == "")
      #expect(!delivery.isRedelivered)
    }
    #expect(try client.nextDelivery(timeout: .milliseconds(200)) == nil)
    try client.connection.ack(1, deliveryTag: 2, multiple: true)
    #expect(try client.nextDelivery()?.deliveryTag == 3)
    #expect(try client.nextDelivery()?.deliveryTag == 4)
    #expect(try client.nextDelivery(timeout: .milliseconds(200)) == nil)
    try client.connection.ack(1, deliveryTag: 3, multiple: false)
    #expect(try client.nextDelivery()?.deliveryTag == 5)
  }

  @Test("what is unacked when a connection closes comes again to the next consumer, marked as redelivered")
  func redelivery() throws {
    let first = try AMQPClient.open(RabbitNode.shared.url)
    var queue = AMQPQueueDeclaration(name: "consume.redelivery")
    queue.isAutoDelete = true
    try first.connection.declare(1, queue)
    try first.connection.consume(1, queue: "consume.redelivery", consumerTag: "first")
    try first.publish("consume.redelivery", "{}")
    let delivery = try #require(try first.nextDelivery())
    #expect(!delivery.isRedelivered)

    let second = try AMQPClient.open(RabbitNode.shared.url)
    try second.connection.consume(1, queue: "consume.redelivery", consumerTag: "second")
    try second.expect(.consumeOK(1, consumerTag: "second"))
    first.connection.close()
    let again = try #require(try second.nextDelivery())
    #expect(again.isRedelivered)
    #expect(again.body == delivery.body)
    try second.connection.ack(1, deliveryTag: again.deliveryTag, multiple: false)
  }

  @Test("a cancelled consumer hears of it and gets nothing more")
  func cancel() throws {
    let client = try AMQPClient.open(RabbitNode.shared.url)
    try client.declareQueue("consume.cancel")
    try client.connection.consume(1, queue: "consume.cancel", consumerTag: "reader")
    try client.connection.cancel(1, consumerTag: "reader")
    try client.expect(.cancelOK(1, consumerTag: "reader"))
    try client.publish("consume.cancel", "{}")
    #expect(try client.nextDelivery(timeout: .milliseconds(200)) == nil)
  }

  @Test("a consumer whose queue is deleted gets the broker's notice")
  func cancelNotice() throws {
    let client = try AMQPClient.open(RabbitNode.shared.url)
    try client.declareQueue("consume.deleted")
    try client.connection.consume(1, queue: "consume.deleted", consumerTag: "reader")
    try client.expect(.consumeOK(1, consumerTag: "reader"))
    try client.publish("consume.deleted", "{}")
    #expect(try client.nextDelivery() != nil)
    try client.connection.delete(1, queue: "consume.deleted")
    try client.expect(.cancelled(1, consumerTag: "reader"))
    try client.expect(.deleted(1, messages: 0))
  }

  @Test("declaring tells how much a queue holds and who reads it, purging empties it")
  func figures() throws {
    let client = try AMQPClient.open(RabbitNode.shared.url)
    try client.declareQueue("consume.figures")
    try client.connection.selectConfirms(1)
    for _ in 1...3 { try client.publish("consume.figures", "{}") }
    #expect(
      try client.next {
        switch $0 {
        case .acked(tag: 3, multiple: _): true
        default: false
        }
      } != nil)
    var queue = AMQPQueueDeclaration(name: "consume.figures")
    queue.isPassive = true
    try client.connection.declare(1, queue)
    try client.expect(.declared(1, queue: "consume.figures", messages: 3, consumers: 0))
    try client.connection.purge(1, queue: "consume.figures")
    try client.expect(.purged(1, messages: 3))
  }
}
