import AMQP
import Fakes
import Platform
import Testing

/// A program of somebody else at the same broker: declares, publishes, takes, looks. Used on one thread.
final class BrokerHand {
  private let connection: AMQPConnection
  private let wakeup: Wakeup
  private var channel: UInt16 = 0

  init(_ url: String) throws {
    var options = AMQPConnection.Options(name: "test")
    // Nobody serves it while a test does something else.
    options.heartbeat = .zero
    connection = try AMQPConnection(AMQPURL(url), options)
    wakeup = try Wakeup()
  }

  deinit { connection.close() }

  /// A refusal: the broker's code and sentence.
  struct Refused: Error {
    let code: Int
    let text: String
  }

  @discardableResult
  func declare(
    _ name: String, _ arguments: AMQPHeaders = [:], isPassive: Bool = false
  ) throws -> (messages: Int, consumers: Int) {
    var declaration = AMQPQueueDeclaration(name: name)
    declaration.arguments = arguments
    declaration.isPassive = isPassive
    try ask { try connection.declare($0, declaration) }
    return try answer {
      if case .declared(_, _, let messages, let consumers) = $0 { (messages, consumers) } else { nil }
    }
  }

  /// `nil` if there is no such queue.
  func depth(_ name: String) throws -> (messages: Int, consumers: Int)? {
    do {
      return try declare(name, isPassive: true)
    } catch let refused as Refused where refused.code == 404 {
      return nil
    }
  }

  func delete(_ name: String) throws {
    try ask { try connection.delete($0, queue: name) }
    try answer { if case .deleted = $0 { () } else { nil } }
  }

  /// Waits for the confirm.
  func publish(_ name: String, _ body: String, _ properties: AMQPProperties = AMQPProperties()) throws {
    try ask {
      try connection.selectConfirms($0)
      try connection.publish($0, routingKey: name, properties: properties, body: Array(body.utf8).span)
    }
    try answer { if case .acked = $0 { () } else { nil } }
  }

  func publish(_ name: String, ids: [String]) throws {
    for id in ids { try publish(name, "{\"id\":\"\(id)\"}", AMQPProperties(messageID: id)) }
  }

  /// Takes and acks `count` messages.
  func take(_ name: String, _ count: Int) throws -> [AMQPDelivery] {
    var taken: [AMQPDelivery] = []
    try ask {
      try connection.qos($0, prefetch: count)
      try connection.consume($0, queue: name, consumerTag: "hand")
    }
    while taken.count < count {
      let delivery = try answer { if case .delivered(let delivery) = $0 { delivery } else { nil } }
      taken.append(delivery)
    }
    try connection.ack(channel, deliveryTag: taken.last?.deliveryTag ?? 0, multiple: true)
    try connection.cancel(channel, consumerTag: "hand")
    try answer { if case .cancelOK = $0 { () } else { nil } }
    return taken
  }

  /// Each question has a channel of its own, so that a refusal ends nothing else.
  private func ask(_ question: (UInt16) throws -> Void) throws {
    if channel > 0 { try connection.closeChannel(channel) }
    channel = channel % UInt16(connection.channelLimit) + 1
    try connection.openChannel(channel)
    try question(channel)
  }

  private var events: [AMQPEvent] = []

  @discardableResult
  private func answer<Answer>(_ pick: (AMQPEvent) -> Answer?) throws -> Answer {
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline {
      while !events.isEmpty {
        let event = events.removeFirst()
        if case .channelClosed(channel, let code, let text) = event {
          throw Refused(code: code, text: text)
        }
        if let answer = pick(event) { return answer }
      }
      if try !connection.receive(into: &events), events.isEmpty { connection.wait(for: wakeup, milliseconds: 50) }
    }
    throw Refused(code: 0, text: "the broker did not answer in time")
  }
}
