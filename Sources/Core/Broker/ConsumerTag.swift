/// How a worker names a copy that came from the broker: bit 63, the channel's epoch, the delivery tag, the place in its pack.
///
/// Delivery tags start at 1 on every channel, so a settlement from before the channel was opened anew must not be taken
/// for one of its own. The embedded queue's tags never have bit 63.
package struct ConsumerTag: Sendable, Equatable {
  /// A channel is opened anew before its delivery tags reach this.
  package static let maxDeliveryTag: UInt64 = 1 << 40 - 1
  private static let maxEpoch: UInt64 = 1 << 15 - 1
  private static let mark: UInt64 = 1 << 63

  package let epoch: UInt64
  package let deliveryTag: UInt64
  /// Of a message with many copies; 0 in one that has one.
  package let item: UInt8

  /// `epoch` is taken modulo 2^15.
  package init(epoch: UInt64, deliveryTag: UInt64, item: UInt8 = 0) {
    self.epoch = epoch & Self.maxEpoch
    self.deliveryTag = deliveryTag & Self.maxDeliveryTag
    self.item = item
  }

  /// `nil` for a tag of the embedded queue.
  package init?(_ rawValue: UInt64) {
    guard rawValue & Self.mark != 0 else { return nil }
    self.init(epoch: rawValue >> 48, deliveryTag: rawValue >> 8, item: UInt8(truncatingIfNeeded: rawValue))
  }

  package var rawValue: UInt64 { Self.mark | epoch << 48 | deliveryTag << 8 | UInt64(item) }
}
