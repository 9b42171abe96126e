import CRabbitMQ

/// The methods other than publishing. Each is sent at once; its answer is an event.
///
/// On a channel that is not open the methods that concern consumers and deliveries do nothing: these ended with the channel.
extension AMQPConnection {
  /// `channel` is 1 to ``channelLimit`` and not open. Other methods on it may follow at once.
  package func openChannel(_ channel: UInt16) throws(AMQPError) {
    precondition(channel > 0 && channel <= channelLimit, "channels are numbered 1 to \(channelLimit)")
    precondition(!isOpen(channel), "channel \(channel) is open already")
    while channels.count <= Int(channel) { channels.append(nil) }
    channels[Int(channel)] = MessageAssembly()
    var method = unsafe amqp_channel_open_t()
    try unsafe send(channel, AMQP_CHANNEL_OPEN_METHOD, &method)
  }

  package func closeChannel(_ channel: UInt16) throws(AMQPError) {
    guard isOpen(channel) else { return }
    var method = unsafe amqp_channel_close_t()
    unsafe method.reply_code = UInt16(AMQP_REPLY_SUCCESS)
    try unsafe send(channel, AMQP_CHANNEL_CLOSE_METHOD, &method)
  }

  /// From now on every message published on `channel` is acked or nacked, tags counting from 1.
  package func selectConfirms(_ channel: UInt16) throws(AMQPError) {
    var method = amqp_confirm_select_t()
    try unsafe send(channel, AMQP_CONFIRM_SELECT_METHOD, &method)
  }

  /// At most `prefetch` unacked messages for each consumer that is made on `channel` afterwards; 0 is no limit.
  package func qos(_ channel: UInt16, prefetch: Int) throws(AMQPError) {
    guard isOpen(channel) else { return }
    var method = amqp_basic_qos_t()
    method.prefetch_count = UInt16(clamping: prefetch)
    try unsafe send(channel, AMQP_BASIC_QOS_METHOD, &method)
  }

  package func declare(_ channel: UInt16, _ queue: AMQPQueueDeclaration) throws(AMQPError) {
    try begin([queue.name], queue.arguments)
    var method = unsafe amqp_queue_declare_t()
    unsafe method.queue = outgoing.text(queue.name)
    unsafe method.passive = queue.isPassive ? 1 : 0
    unsafe method.durable = queue.isDurable ? 1 : 0
    unsafe method.exclusive = queue.isExclusive ? 1 : 0
    unsafe method.auto_delete = queue.isAutoDelete ? 1 : 0
    unsafe method.arguments = outgoing.table(queue.arguments)
    try unsafe send(channel, AMQP_QUEUE_DECLARE_METHOD, &method)
  }

  /// Deletes the queue with all it holds.
  package func delete(_ channel: UInt16, queue: String) throws(AMQPError) {
    try begin([queue])
    var method = unsafe amqp_queue_delete_t()
    unsafe method.queue = outgoing.text(queue)
    try unsafe send(channel, AMQP_QUEUE_DELETE_METHOD, &method)
  }

  /// Deletes the messages that nobody has got.
  package func purge(_ channel: UInt16, queue: String) throws(AMQPError) {
    try begin([queue])
    var method = unsafe amqp_queue_purge_t()
    unsafe method.queue = outgoing.text(queue)
    try unsafe send(channel, AMQP_QUEUE_PURGE_METHOD, &method)
  }

  /// Deliveries are to be acked. `consumerTag` is not in use on `channel`.
  package func consume(_ channel: UInt16, queue: String, consumerTag: String) throws(AMQPError) {
    guard isOpen(channel) else { return }
    try begin([queue, consumerTag])
    var method = unsafe amqp_basic_consume_t()
    unsafe method.queue = outgoing.text(queue)
    unsafe method.consumer_tag = outgoing.text(consumerTag)
    try unsafe send(channel, AMQP_BASIC_CONSUME_METHOD, &method)
    newConsumers[ConsumerKey(channel: channel, tag: consumerTag)] = false
  }

  /// Asks for one message, which is to be acked: `delivered` with an empty consumer tag, or `getEmpty`.
  package func get(_ channel: UInt16, queue: String) throws(AMQPError) {
    guard isOpen(channel) else { return }
    try begin([queue])
    var method = unsafe amqp_basic_get_t()
    unsafe method.queue = outgoing.text(queue)
    try unsafe send(channel, AMQP_BASIC_GET_METHOD, &method)
  }

  /// Deliveries under way still arrive, up to `cancelOK`; what is unacked stays ours.
  ///
  /// RabbitMQ 3.10 fails (541) when this comes before its own `consumeOK`; it is sent after that.
  package func cancel(_ channel: UInt16, consumerTag: String) throws(AMQPError) {
    guard isOpen(channel) else { return }
    let key = ConsumerKey(channel: channel, tag: consumerTag)
    guard newConsumers[key] == nil else {
      newConsumers[key] = true
      return
    }
    try begin([consumerTag])
    var method = unsafe amqp_basic_cancel_t()
    unsafe method.consumer_tag = outgoing.text(consumerTag)
    try unsafe send(channel, AMQP_BASIC_CANCEL_METHOD, &method)
  }

  /// `multiple` acks every delivery of `channel` up to the tag. A tag that is not outstanding closes the channel (406).
  package func ack(_ channel: UInt16, deliveryTag: UInt64, multiple: Bool) throws(AMQPError) {
    guard isOpen(channel) else { return }
    var method = amqp_basic_ack_t(delivery_tag: deliveryTag, multiple: multiple ? 1 : 0)
    try unsafe send(channel, AMQP_BASIC_ACK_METHOD, &method)
  }

  func isOpen(_ channel: UInt16) -> Bool {
    Int(channel) < channels.count && channels[Int(channel)] != nil
  }

  /// Makes room for the texts of one method. Throws when they are too long to be sent, without harm to the connection.
  func begin(_ names: [String], _ table: AMQPHeaders = [:]) throws(AMQPError) {
    for name in names where name.utf8.count > AMQPProperties.maxShortStringBytes {
      throw .protocolError("a name is longer than \(AMQPProperties.maxShortStringBytes) bytes")
    }
    let count = names.reduce(table.byteCount) { $0 + $1.utf8.count }
    guard count <= Self.maxPropertyBytes else {
      throw .protocolError("the arguments are longer than \(Self.maxPropertyBytes) bytes")
    }
    outgoing.begin(byteCount: count)
  }

  func send<Method>(
    _ channel: UInt16, _ id: amqp_method_number_t, _ method: UnsafeMutablePointer<Method>
  ) throws(AMQPError) {
    if let failure { throw failure }
    try check(unsafe amqp_send_method(state, channel, id, method))
  }

  /// Takes the result of a send; any error is the connection's end.
  func check(_ status: Int32) throws(AMQPError) {
    guard status != AMQP_STATUS_OK.rawValue else { return }
    throw fail(AMQPError(status: status))
  }

  func fail(_ error: AMQPError) -> AMQPError {
    failure = error
    return error
  }
}
