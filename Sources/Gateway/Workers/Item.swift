import Core

/// A copy in the worker's hands. An object, since it goes through many of them. Confined to the worker's thread.
final class Item {
  let delivery: Delivery
  /// Index into the settings' domains.
  let domain: Int
  let event: StoredEvent
  /// Which key the last call was made with; 0 is none.
  var keyVersion = 0
  /// What tells it from other copies; `nil` if it has no digest, or is to be sent whatever was sent before.
  var key: ContentDigest?
  /// The text that a chat is sent; made with the first call.
  var text: String?
  /// What it is sent as, if it stands for copies that only count.
  var digest: Digest?
  /// It is older than `telegram.max_age`.
  var isTooOld = false

  init(_ delivery: Delivery, domain: Int, event: StoredEvent) {
    self.delivery = delivery
    self.domain = domain
    self.event = event
  }

  /// The event's id, that of the message where an older producer gave none.
  var id: String { event.id ?? delivery.messageID }
}

@available(*, unavailable)
extension Item: Sendable {}
