import AMQP
import Fakes
import Testing

/// Publishing with confirms, against a real broker.
@Suite struct PublishTests {
  @Test("every message published with confirms is acked once, singly or by a later multiple ack")
  func confirms() throws {
    let client = try AMQPClient.open(RabbitNode.shared.url)
    try client.declareQueue("publish.confirms")
    try client.connection.selectConfirms(1)
    try client.expect(.confirmsSelected(1))
    let count: UInt64 = 2000
    try client.connection.burst { () throws(AMQPError) in
      for index in 1...count { try client.publish("publish.confirms", #"{"n":\#(index)}"#) }
    }
    var open = Set(1...count)
    while !open.isEmpty {
      let event = try #require(try client.next { if case .acked = $0 { true } else { false } })
      guard case .acked(let tag, let multiple) = event else { continue }
      let settled = multiple ? open.filter { $0 <= tag } : open.intersection([tag])
      #expect(!settled.isEmpty)
      open.subtract(settled)
    }
    #expect(client.events.isEmpty)
  }

  @Test("what a burst has published before an error is with the broker all the same")
  func burstCutShort() throws {
    let client = try AMQPClient.open(RabbitNode.shared.url)
    try client.declareQueue("publish.burst")
    try client.connection.selectConfirms(1)
    let tooLong = String(repeating: "q", count: AMQPProperties.maxShortStringBytes + 1)
    #expect(throws: AMQPError.self) {
      try client.connection.burst { () throws(AMQPError) in
        try client.publish("publish.burst", "{}")
        try client.publish(tooLong, "{}")
      }
    }
    try client.expect(.acked(tag: 1, multiple: false))
  }

  @Test("a burst of more than is sent at once arrives whole and in order, long bodies among short ones")
  func longBurst() throws {
    let client = try AMQPClient.open(RabbitNode.shared.url)
    try client.declareQueue("publish.long")
    let frame = client.connection.frameBytes - 8
    let sizes = [0, 1, frame, 3, 2 * frame + 1, 65536, 2, frame - 1]
    try client.connection.burst { () throws(AMQPError) in
      for (index, size) in sizes.enumerated() {
        try client.publish("publish.long", String(repeating: "\(index)", count: size))
      }
    }
    try client.connection.consume(1, queue: "publish.long", consumerTag: "all")
    for (index, size) in sizes.enumerated() {
      let delivery = try #require(try client.nextDelivery())
      #expect(delivery.body == [UInt8](repeating: UInt8(ascii: "0") + UInt8(index), count: size))
    }
  }

  @Test("a mandatory message that no queue takes comes back with its id, and is acked all the same")
  func returns() throws {
    let client = try AMQPClient.open(RabbitNode.shared.url)
    try client.connection.selectConfirms(1)
    try client.publish("publish.nowhere", "{}", id: "lost-1")
    let event = try #require(try client.next { if case .returned = $0 { true } else { false } })
    guard case .returned(let message) = event else { return }
    #expect(message.code == 312)
    #expect(message.text == "NO_ROUTE")
    #expect(message.routingKey == "publish.nowhere")
    #expect(message.messageID == "lost-1")
    try client.expect(.acked(tag: 1, multiple: false))
  }
}
