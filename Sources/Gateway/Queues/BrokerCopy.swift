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
    let headers = message.properties.headers
    delivery = Delivery(
      tag: tag, queue: queue, messageID: message.properties.messageID ?? Self.hash(message.body),
      attempt: Int(clamping: max(0, headers.integer(MessageHeader.attempt.rawValue) ?? 0)), body: message.body,
      digest: headers.string(MessageHeader.digest.rawValue).flatMap { ContentDigest(hex: $0) },
      isRedelivered: message.isRedelivered, isReplayed: Self.isReplayed(message))
    appID = message.properties.appID
    timestamp = message.properties.timestamp
  }

  /// One of the copies of a pack. Program and time are what its body says.
  init(_ item: CopyPack.Item, in message: AMQPDelivery, of queue: QueueName, tag: UInt64) {
    let bytes = message.body.span
    var body: [UInt8] = []
    body.append(bytes.extracting(item.body))
    delivery = Delivery(
      tag: tag, queue: queue, messageID: String(text: bytes.extracting(item.id)), attempt: item.attempt, body: body,
      digest: item.digest, isRedelivered: message.isRedelivered, isReplayed: Self.isReplayed(message))
    (appID, timestamp) = (nil, nil)
  }

  func letter(_ note: DeathNote, at unix: Int64) -> DeadLetter {
    DeadLetter(
      queue: delivery.queue, messageID: delivery.messageID, appID: appID, timestamp: timestamp, note: note,
      diedAt: unix, body: delivery.body, digest: delivery.digest)
  }

  /// Only a dead letter knows when it died.
  private static func isReplayed(_ message: AMQPDelivery) -> Bool {
    message.properties.headers[MessageHeader.diedAt.rawValue] != nil
  }

  /// An older producer's message without an id: the same body has the same id wherever it is read.
  static func hash(_ body: [UInt8]) -> String {
    var checksum = Checksum()
    checksum.add(body.span)
    let digits = String(checksum.value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
