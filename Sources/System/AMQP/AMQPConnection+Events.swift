import CRabbitMQ

extension AMQPConnection {
  /// Turns a method of the broker into an event, and answers it where the protocol asks for that.
  func take(method: amqp_method_t, _ channel: UInt16, _ events: inout [AMQPEvent]) throws(AMQPError) {
    guard let decoded = unsafe method.decoded else { throw fail(.protocolError("a method came without its fields")) }
    if channel == 0 {
      events += try unsafe takeConnection(method.id, decoded)
    } else if channels[Int(channel)]?.isIdle != true, unsafe method.id != AMQP_CHANNEL_CLOSE_METHOD {
      throw fail(.protocolError("a method came in the middle of a message"))
    } else if let event = try unsafe takeChannel(method.id, decoded, channel) {
      events.append(event)
    }
  }

  private func takeConnection(
    _ id: amqp_method_number_t, _ decoded: UnsafeMutableRawPointer
  ) throws(AMQPError) -> [AMQPEvent] {
    switch id {
    case AMQP_CONNECTION_BLOCKED_METHOD:
      isBlocked = true
      return [.blocked(reason: unsafe String(fields(decoded, amqp_connection_blocked_t.self).reason))]
    case AMQP_CONNECTION_UNBLOCKED_METHOD:
      isBlocked = false
      return [.unblocked]
    case AMQP_CONNECTION_CLOSE_METHOD:
      let error = unsafe AMQPError(fields(decoded, amqp_connection_close_t.self))
      var answer = amqp_connection_close_ok_t()
      // The connection is over whether this arrives or not.
      if isWritable { _ = unsafe amqp_send_method(state, 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &answer) }
      throw fail(error)
    default:
      throw fail(.protocolError("a method came that nobody asked for"))
    }
  }

  private func takeChannel(
    _ id: amqp_method_number_t, _ decoded: UnsafeMutableRawPointer, _ channel: UInt16
  ) throws(AMQPError) -> AMQPEvent? {
    switch id {
    case AMQP_BASIC_ACK_METHOD:
      let ack = unsafe fields(decoded, amqp_basic_ack_t.self)
      return .acked(tag: ack.delivery_tag, multiple: ack.multiple != 0)
    case AMQP_BASIC_NACK_METHOD:
      let nack = unsafe fields(decoded, amqp_basic_nack_t.self)
      return .nacked(tag: nack.delivery_tag, multiple: nack.multiple != 0)
    case AMQP_BASIC_DELIVER_METHOD:
      let method = unsafe fields(decoded, amqp_basic_deliver_t.self)
      try unsafe begin(.delivery(delivery(method, channel)), channel)
    case AMQP_BASIC_GET_OK_METHOD:
      let method = unsafe fields(decoded, amqp_basic_get_ok_t.self)
      try unsafe begin(.delivery(delivery(method, channel)), channel)
    case AMQP_BASIC_GET_EMPTY_METHOD: return .getEmpty(channel)
    case AMQP_BASIC_RETURN_METHOD:
      let method = unsafe fields(decoded, amqp_basic_return_t.self)
      try unsafe begin(.returned(returned(method, channel)), channel)
    case AMQP_CHANNEL_OPEN_OK_METHOD: return .channelOpened(channel)
    case AMQP_CHANNEL_CLOSE_METHOD: return try unsafe takeClose(decoded, channel)
    case AMQP_CHANNEL_CLOSE_OK_METHOD:
      forget(channel)
      return .channelCloseOK(channel)
    case AMQP_CHANNEL_FLOW_METHOD:
      // Never sent by RabbitMQ 3 and later; an answer is due all the same.
      var answer = unsafe amqp_channel_flow_ok_t(active: fields(decoded, amqp_channel_flow_t.self).active)
      try unsafe send(channel, AMQP_CHANNEL_FLOW_OK_METHOD, &answer)
    case AMQP_CONFIRM_SELECT_OK_METHOD: return .confirmsSelected(channel)
    case AMQP_BASIC_QOS_OK_METHOD: return .qosOK(channel)
    default: return try unsafe takeQueueAnswer(id, decoded, channel)
    }
    return nil
  }

  private func takeQueueAnswer(
    _ id: amqp_method_number_t, _ decoded: UnsafeMutableRawPointer, _ channel: UInt16
  ) throws(AMQPError) -> AMQPEvent {
    switch id {
    case AMQP_QUEUE_DECLARE_OK_METHOD:
      let method = unsafe fields(decoded, amqp_queue_declare_ok_t.self)
      return unsafe .declared(
        channel, queue: texts.text(method.queue), messages: Int(method.message_count),
        consumers: Int(method.consumer_count))
    case AMQP_QUEUE_DELETE_OK_METHOD:
      return unsafe .deleted(channel, messages: Int(fields(decoded, amqp_queue_delete_ok_t.self).message_count))
    case AMQP_QUEUE_PURGE_OK_METHOD:
      return unsafe .purged(channel, messages: Int(fields(decoded, amqp_queue_purge_ok_t.self).message_count))
    case AMQP_BASIC_CONSUME_OK_METHOD:
      let tag = unsafe texts.text(fields(decoded, amqp_basic_consume_ok_t.self).consumer_tag)
      let isUnwanted = newConsumers.removeValue(forKey: ConsumerKey(channel: channel, tag: tag)) ?? false
      if isUnwanted { try cancel(channel, consumerTag: tag) }
      return .consumeOK(channel, consumerTag: tag)
    case AMQP_BASIC_CANCEL_OK_METHOD:
      let tag = unsafe fields(decoded, amqp_basic_cancel_ok_t.self).consumer_tag
      return unsafe .cancelOK(channel, consumerTag: texts.text(tag))
    case AMQP_BASIC_CANCEL_METHOD:
      // RabbitMQ's consumer_cancel_notify; sent with nowait, so no answer is due.
      let tag = unsafe fields(decoded, amqp_basic_cancel_t.self).consumer_tag
      return unsafe .cancelled(channel, consumerTag: texts.text(tag))
    default:
      throw fail(.protocolError("a method came that nobody asked for"))
    }
  }

  private func takeClose(_ decoded: UnsafeMutableRawPointer, _ channel: UInt16) throws(AMQPError) -> AMQPEvent {
    let method = unsafe fields(decoded, amqp_channel_close_t.self)
    let event = unsafe AMQPEvent.channelClosed(
      channel, code: Int(method.reply_code), text: String(method.reply_text))
    var answer = amqp_channel_close_ok_t()
    try unsafe send(channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &answer)
    forget(channel)
    return event
  }

  private func forget(_ channel: UInt16) {
    channels[Int(channel)] = nil
    newConsumers = newConsumers.filter { $0.key.channel != channel }
  }

  private func begin(_ content: MessageAssembly.Content, _ channel: UInt16) throws(AMQPError) {
    guard channels[Int(channel)]?.begin(content) == true else {
      throw fail(.protocolError("a message began in the middle of another"))
    }
  }

  private func delivery(_ method: amqp_basic_deliver_t, _ channel: UInt16) -> AMQPDelivery {
    unsafe AMQPDelivery(
      channel: channel, consumerTag: texts.text(method.consumer_tag), deliveryTag: method.delivery_tag,
      isRedelivered: method.redelivered != 0, exchange: texts.text(method.exchange),
      routingKey: texts.text(method.routing_key), properties: AMQPProperties(), body: [])
  }

  private func delivery(_ method: amqp_basic_get_ok_t, _ channel: UInt16) -> AMQPDelivery {
    unsafe AMQPDelivery(
      channel: channel, consumerTag: "", deliveryTag: method.delivery_tag, isRedelivered: method.redelivered != 0,
      exchange: texts.text(method.exchange), routingKey: texts.text(method.routing_key),
      properties: AMQPProperties(), body: [])
  }

  private func returned(_ method: amqp_basic_return_t, _ channel: UInt16) -> AMQPReturn {
    unsafe AMQPReturn(
      channel: channel, code: Int(method.reply_code), text: texts.text(method.reply_text),
      routingKey: texts.text(method.routing_key), messageID: nil)
  }

  /// What the library decoded, as the method's own struct.
  private func fields<Method>(_ decoded: UnsafeMutableRawPointer, _ type: Method.Type) -> Method {
    unsafe decoded.assumingMemoryBound(to: type).pointee
  }
}
