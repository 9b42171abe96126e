import Core

/// What other threads ask of the embedded queue's thread.
enum EmbeddedCommand: Sendable {
  case order(EmbeddedOrder)
  /// Not answered, and lost with a crash.
  case remember([SeenEvent])
  case dead(DeadOrder, @Sendable (DeadAnswer) -> Void)
  case settle(QueueName, [(tag: UInt64, settlement: Settlement)])
  case settleRepublished(QueueName, [(tag: UInt64, isHandedOver: Bool)])
  case consume(QueueName, prefetch: Int, receive: @Sendable ([Delivery]) -> Void)
  case cancel(QueueName)
  case release(QueueName, lane: String)
  case wake(QueueName, lane: String, limit: Int, @Sendable ([UInt64], Bool) -> Void)
  case assignSpool(SpoolOwner)
  case republish(window: Int, receive: @Sendable ([Delivery]) -> Void)
  case giveBackParked(Bool, [QueueName])
  case limit(maxBytes: Int64, deadMaxBytes: Int64)
  case stop
}

/// How a copy that was given out ends.
enum EmbeddedVerdict: Sendable {
  /// As the worker that held it says.
  case settled(Settlement)
  /// The broker has it.
  case republished
  /// Whoever was to publish it could not.
  case givenBack
}
