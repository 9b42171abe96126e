import AMQP
import Fakes
import Testing

/// Messages keep what they are made of, whatever their size and their headers.
@Suite struct MessageTests {
  /// A full frame's body with the frame size that both sides use by default.
  static let frameBody = 131_064

  @Test(
    "a body of any size arrives whole",
    arguments: [0, 1, 250, frameBody - 1, frameBody, frameBody + 1, 2 * frameBody, 1 << 20])
  func bodies(size: Int) throws {
    let client = try Self.reader("message.body")
    let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    // The second shows whether the first has stopped the stream.
    try client.connection.publish(1, routingKey: "message.body", properties: AMQPProperties(), body: body.span)
    let first = try #require(try client.nextDelivery())
    #expect(first.body == body)
    try client.publish("message.body", "{}")
    #expect(try client.nextDelivery()?.body == Array("{}".utf8))
  }

  @Test("properties and headers arrive as they were sent")
  func properties() throws {
    let client = try Self.reader("message.properties")
    let properties = AMQPProperties(
      messageID: "01JD-äö.developer", appID: "billing", type: "log.v1", contentType: "application/json",
      timestamp: 1_764_000_000,
      headers: [
        "x-attempt": .integer(3), "x-digest": .string("0f" + String(repeating: "a", count: 62)),
        "x-last-error": .string("連線逾時"), "x-empty": .string(""), "x-low": .integer(.min),
      ])
    try client.connection.publish(1, routingKey: "message.properties", properties: properties, body: [123, 125].span)
    let delivery = try #require(try client.nextDelivery())
    #expect(delivery.properties == properties)
    #expect(delivery.properties.headers.integer("x-attempt") == 3)
    #expect(delivery.properties.headers.string("x-attempt") == nil)
    #expect(delivery.properties.headers["x-none"] == nil)
  }

  @Test("a message without properties has none")
  func noProperties() throws {
    let client = try Self.reader("message.bare")
    try client.connection.publish(1, routingKey: "message.bare", properties: AMQPProperties(), body: [1].span)
    #expect(try client.nextDelivery()?.properties == AMQPProperties())
  }

  @Test(
    "an integer header may be spelled as text",
    arguments: [("7", 7), ("-1", -1), ("", nil), ("7x", nil), ("99999999999999999999", nil)] as [(String, Int64?)])
  func numericText(text: String, number: Int64?) {
    let headers: AMQPHeaders = ["x-attempt": .string(text)]
    #expect(headers.integer("x-attempt") == number)
  }

  @Test("what cannot be sent is refused before a byte of it is, and the connection goes on")
  func tooLong() throws {
    let client = try Self.reader("message.long")
    let id = String(repeating: "i", count: 256)
    #expect(throws: AMQPError.self) { try client.publish("message.long", "{}", id: id) }
    #expect(throws: AMQPError.self) { try client.publish(id, "{}") }
    let headers: AMQPHeaders = ["x-last-error": .string(String(repeating: "e", count: AMQPConnection.maxPropertyBytes))]
    #expect(throws: AMQPError.self) {
      try client.connection.publish(
        1, routingKey: "message.long", properties: AMQPProperties(headers: headers), body: [1].span)
    }
    try client.publish("message.long", "{}", id: String(id.dropLast()))
    #expect(try client.nextDelivery()?.properties.messageID?.count == 255)
  }

  private static func reader(_ queue: String) throws -> AMQPClient {
    let client = try AMQPClient.open(RabbitNode.shared.url)
    try client.declareQueue(queue)
    try client.connection.consume(1, queue: queue, consumerTag: "reader")
    try client.expect(.consumeOK(1, consumerTag: "reader"))
    return client
  }
}
