import AMQP
import Core
import Integrity

/// A copy that the broker gave out, with what a dead letter or a parked copy keeps of it.
struct BrokerCopy: Sendable {
  let delivery: Delivery
  let appID: String?
  /// Unix seconds.
  let timestamp: UInt64?

  init(_ message: AMQPDelivery, of queue: QueueName, tag: UInt64) {
    let attempt = message.properties.headers.integer(MessageHeader.attempt.rawValue)
    delivery = Delivery(
      tag: tag, queue: queue, messageID: message.properties.messageID ?? Self.hash(message.body),
      attempt: Int(clamping: max(0, attempt ?? 0)), body: message.body, isRedelivered: message.isRedelivered)
    appID = message.properties.appID
    timestamp = message.properties.timestamp
  }

  func letter(_ note: DeathNote, at unix: Int64) -> DeadLetter {
    DeadLetter(
      queue: delivery.queue, messageID: delivery.messageID, appID: appID, timestamp: timestamp, note: note,
      diedAt: unix, body: delivery.body)
  }

  /// An older producer's message without an id: the same body has the same id wherever it is read.
  static func hash(_ body: [UInt8]) -> String {
    var checksum = Checksum()
    checksum.add(body.span)
    let digits = String(checksum.value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
