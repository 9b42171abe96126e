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
    #expect(!client.isCorked)
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

  @Test("the kernel keeps back nothing after a burst, be it cut short by an error")
  func burstEnds() throws {
    let client = try AMQPClient.open(RabbitNode.shared.url)
    try client.connection.burst { () throws(AMQPError) in #expect(client.isCorked) }
    #expect(!client.isCorked)
    let tooLong = String(repeating: "q", count: AMQPProperties.maxShortStringBytes + 1)
    #expect(throws: AMQPError.self) {
      try client.connection.burst { () throws(AMQPError) in try client.publish(tooLong, "{}") }
    }
    #expect(!client.isCorked)
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
