import AMQP
import Core
import Integrity

/// A message of a `.dead` queue, whoever wrote it.
struct BrokerDeadLetter {
  /// What a dead letter says of its end, and what the queue itself adds; a replayed copy says none of it.
  private static let ownHeaders: Set<String> = [
    "x-attempt", "x-reason", "x-last-status", "x-last-error", "x-died-at", deliveryCount,
  ]
  /// How often a quorum queue has given a message out before.
  private static let deliveryCount = "x-delivery-count"
  /// A quorum queue of RabbitMQ 4 drops a message that was given out 20 times: long before, it is written anew.
  private static let maxDeliveries: Int64 = 10

  let queue: QueueName
  let message: AMQPDelivery

  var entry: DeadEntry {
    let headers = message.properties.headers
    return DeadEntry(
      key: key, queue: queue, messageID: message.properties.messageID ?? BrokerCopy.hash(message.body),
      diedAt: diedAt, reason: headers.string("x-reason") ?? "",
      attempts: Int(clamping: headers.integer("x-attempt") ?? 0),
      lastStatus: Int(clamping: headers.integer("x-last-status") ?? 0),
      lastError: headers.string("x-last-error") ?? "", bytes: message.body.count)
  }

  /// It was looked at so often that the queue may drop it.
  var isWorn: Bool { message.properties.headers.integer(Self.deliveryCount) ?? 0 >= Self.maxDeliveries }

  /// As its main queue gets it: the same message, never tried.
  var replayed: AMQPProperties {
    var properties = message.properties
    properties.headers = ["x-attempt": .integer(0)]
    for header in message.properties.headers.entries where !Self.ownHeaders.contains(header.name) {
      properties.headers.append(header.name, header.value)
    }
    return properties
  }

  /// The same letter, as if it were new to its queue.
  var renewed: AMQPProperties {
    var properties = message.properties
    properties.headers = [:]
    for header in message.properties.headers.entries where header.name != Self.deliveryCount {
      properties.headers.append(header.name, header.value)
    }
    return properties
  }

  private var diedAt: Int64? {
    guard let text = message.properties.headers.string("x-died-at"),
      case .milliseconds(let time) = Timestamp.parseRFC3339(Array(text.utf8).span)
    else { return nil }
    return time
  }

  /// The number in the keys of a queue's letters.
  static func number(of queue: QueueName) -> UInt32 {
    var checksum = Checksum()
    checksum.add(Array(queue.description.utf8).span)
    return UInt32(truncatingIfNeeded: checksum.value)
  }

  private var key: DeadKey {
    var checksum = Checksum()
    for text in [message.properties.messageID, message.properties.headers.string("x-died-at")] {
      checksum.add(Array((text ?? "").utf8).span)
    }
    checksum.add(message.body.span)
    return .broker(queue: Self.number(of: queue), letter: checksum.value)
  }
}
