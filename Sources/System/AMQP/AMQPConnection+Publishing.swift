import CLinux
import CRabbitMQ
import Glibc

extension AMQPConnection {
  /// Publishes to the default exchange, persistent, and mandatory if not told otherwise; everything is with the kernel or copied when it returns.
  ///
  /// On a channel with confirms the n-th publish has the tag n. Throws without harm to the connection when a name or the
  /// properties are too long; these take no tag.
  package func publish(
    _ channel: UInt16, routingKey: String, properties: AMQPProperties, body: Span<UInt8>, isMandatory: Bool = true
  ) throws(AMQPError) {
    if let failure { throw failure }
    guard isOpen(channel) else { throw AMQPError(code: .lost, description: "the channel is closed") }
    try beginPublish(routingKey, properties)
    let key = unsafe outgoing.text(routingKey)
    var fields = unsafe amqp_basic_properties_t()
    unsafe fill(&fields, properties)
    let status = unsafe body.withUnsafeBytes { body in
      let bytes = unsafe amqp_bytes_t(len: body.count, bytes: UnsafeMutableRawPointer(mutating: body.baseAddress))
      return unsafe amqp_basic_publish(state, channel, amqp_empty_bytes, key, isMandatory ? 1 : 0, 0, &fields, bytes)
    }
    try check(status)
    if body.count % maxBodyFrameBytes == 0 { flush() }
  }

  /// For many publishes: the kernel sends only full segments until `publishAll` is done, and what is left then.
  ///
  /// It keeps the rest back for 200 ms at most (tcp(7), `TCP_CORK`), should `publishAll` hang.
  package func burst(_ publishAll: () throws(AMQPError) -> Void) throws(AMQPError) {
    cork(true)
    defer { cork(false) }
    try publishAll()
  }

  private func cork(_ isCorked: Bool) {
    if !usesTLS, failure == nil { Self.set(descriptor, Int32(IPPROTO_TCP), TCP_CORK, isCorked ? 1 : 0) }
  }

  /// The body bytes of a full frame.
  private var maxBodyFrameBytes: Int { unsafe max(1, Int(amqp_get_frame_max(state)) - 8) }

  /// rabbitmq-c marks a full frame as one of several (MSG_MORE) even if it is the last, and the header of an empty body:
  /// the kernel would keep the end back for 200 ms. Setting TCP_NODELAY anew sends what lies there (tcp(7)).
  private func flush() {
    Self.set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
  }

  private func beginPublish(_ routingKey: String, _ properties: AMQPProperties) throws(AMQPError) {
    var count = properties.headers.byteCount
    for text in [routingKey, properties.messageID, properties.appID, properties.type, properties.contentType] {
      guard let text else { continue }
      let length = text.utf8.count
      guard length <= AMQPProperties.maxShortStringBytes else {
        throw .protocolError("a name is longer than \(AMQPProperties.maxShortStringBytes) bytes")
      }
      count += length
    }
    guard count <= Self.maxPropertyBytes else {
      throw .protocolError("the properties are longer than \(Self.maxPropertyBytes) bytes")
    }
    outgoing.begin(byteCount: count)
  }

  private func fill(_ fields: inout amqp_basic_properties_t, _ properties: AMQPProperties) {
    var flags = AMQP_BASIC_DELIVERY_MODE_FLAG
    unsafe fields.delivery_mode = UInt8(AMQP_DELIVERY_PERSISTENT.rawValue)
    if let text = properties.contentType {
      flags |= AMQP_BASIC_CONTENT_TYPE_FLAG
      unsafe fields.content_type = outgoing.text(text)
    }
    if let text = properties.messageID {
      flags |= AMQP_BASIC_MESSAGE_ID_FLAG
      unsafe fields.message_id = outgoing.text(text)
    }
    if let text = properties.type {
      flags |= AMQP_BASIC_TYPE_FLAG
      unsafe fields.type = outgoing.text(text)
    }
    if let text = properties.appID {
      flags |= AMQP_BASIC_APP_ID_FLAG
      unsafe fields.app_id = outgoing.text(text)
    }
    if let timestamp = properties.timestamp {
      flags |= AMQP_BASIC_TIMESTAMP_FLAG
      unsafe fields.timestamp = timestamp
    }
    if !properties.headers.entries.isEmpty {
      flags |= AMQP_BASIC_HEADERS_FLAG
      unsafe fields.headers = outgoing.table(properties.headers)
    }
    unsafe fields._flags = UInt32(flags)
  }
}
