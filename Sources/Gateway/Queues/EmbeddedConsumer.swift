import Core

/// Who gets the copies of one queue to deliver them.
struct EmbeddedConsumer {
  /// Copies that it may hold unsettled.
  var prefetch: Int
  var receive: @Sendable ([Delivery]) -> Void
  /// No longer fed; what it holds may still be settled.
  var isCancelled = false
  /// One of its copies waits for room among the dead letters; until there is some, it is not fed.
  var isHeldBack = false
}
