/// What the broker has sent on an open connection, in order.
package enum AMQPEvent: Sendable, Equatable {
  case channelOpened(UInt16)
  /// The broker closed the channel for an error (404, 403, 405, 406 …); its close is answered already.
  case channelClosed(UInt16, code: Int, text: String)
  /// The answer to ``AMQPConnection/closeChannel(_:)``.
  case channelCloseOK(UInt16)
  case confirmsSelected(UInt16)
  case qosOK(UInt16)
  case acked(tag: UInt64, multiple: Bool)
  case nacked(tag: UInt64, multiple: Bool)
  /// A mandatory message that no queue took. An `acked` for it follows all the same.
  case returned(AMQPReturn)
  case declared(UInt16, queue: String, messages: Int, consumers: Int)
  case deleted(UInt16, messages: Int)
  case purged(UInt16, messages: Int)
  case consumeOK(UInt16, consumerTag: String)
  case cancelOK(UInt16, consumerTag: String)
  /// The broker ended the consumer: its queue was deleted, or the node that held it is gone.
  case cancelled(UInt16, consumerTag: String)
  case delivered(AMQPDelivery)
  /// The queue that a message was asked of has none.
  case getEmpty(UInt16)
  /// The broker takes no publishes on this connection until `unblocked`.
  case blocked(reason: String)
  case unblocked
}

/// A message for a consumer, or one that was asked for.
package struct AMQPDelivery: Sendable, Equatable {
  package var channel: UInt16
  package var consumerTag: String
  package var deliveryTag: UInt64
  package var isRedelivered: Bool
  package var exchange: String
  package var routingKey: String
  package var properties: AMQPProperties
  package var body: [UInt8]
}

/// A message that the broker gave back.
package struct AMQPReturn: Sendable, Equatable {
  package var channel: UInt16
  /// 312 is NO_ROUTE.
  package var code: Int
  package var text: String
  package var routingKey: String
  package var messageID: String?
}

/// What `queue.declare` asks for.
package struct AMQPQueueDeclaration: Sendable, Equatable {
  package var name: String
  /// Asks whether the queue exists; the other fields do not count then.
  package var isPassive = false
  package var isDurable = true
  package var isExclusive = false
  package var isAutoDelete = false
  package var arguments: AMQPHeaders = [:]

  package init(name: String) {
    self.name = name
  }
}
