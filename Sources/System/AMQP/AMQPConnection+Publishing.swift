import CLinux
import CRabbitMQ
import Glibc

extension AMQPConnection {
  /// Publishes to the default exchange, persistent, and mandatory if not told otherwise; within ``burst(_:)`` everything is copied
  /// when it returns, elsewhere it is with the kernel.
  ///
  /// On a channel with confirms the n-th publish has the tag n. Throws without harm to the connection when a name or the
  /// properties are too long; these take no tag.
  package func publish(
    _ channel: UInt16, routingKey: String, properties: AMQPProperties, body: Span<UInt8>, isMandatory: Bool = true
  ) throws(AMQPError) {
    if let failure { throw failure }
    guard isOpen(channel) else { throw AMQPError(code: .lost, description: "the channel is closed") }
    try beginPublish(routingKey, properties)
    var method = unsafe amqp_basic_publish_t()
    unsafe method.exchange = amqp_empty_bytes
    unsafe method.routing_key = outgoing.text(routingKey)
    unsafe method.mandatory = isMandatory ? 1 : 0
    var fields = unsafe amqp_basic_properties_t()
    unsafe fill(&fields, properties)
    if usesTLS {
      try unsafe publishByLibrary(channel, method, &fields, body)
    } else {
      try unsafe addFrames(channel, &method, &fields, body)
      if !isInBurst { try sendFrames() }
    }
  }

  /// For many publishes: they are sent together, when `publishAll` is done or has thrown and whenever
  /// ``OutgoingFrames/sendBytes`` are waiting. Nothing else is asked of the connection meanwhile.
  package func burst(_ publishAll: () throws(AMQPError) -> Void) throws(AMQPError) {
    isInBurst = true
    defer { isInBurst = false }
    do throws(AMQPError) {
      try publishAll()
    } catch {
      // What came before it has its tags.
      if failure == nil { try sendFrames() }
      throw error
    }
    try sendFrames()
  }

  /// TLS is the library's, frame by frame.
  private func publishByLibrary(
    _ channel: UInt16, _ method: amqp_basic_publish_t, _ fields: inout amqp_basic_properties_t, _ body: Span<UInt8>
  ) throws(AMQPError) {
    let status = unsafe body.withUnsafeBytes { body in
      let bytes = unsafe amqp_bytes_t(len: body.count, bytes: UnsafeMutableRawPointer(mutating: body.baseAddress))
      return unsafe amqp_basic_publish(
        state, channel, method.exchange, method.routing_key, method.mandatory, method.immediate, &fields, bytes)
    }
    try check(status)
  }

  private func addFrames(
    _ channel: UInt16, _ method: inout amqp_basic_publish_t, _ fields: inout amqp_basic_properties_t,
    _ body: Span<UInt8>
  ) throws(AMQPError) {
    if frames.isFull { try sendFrames() }
    try check(unsafe frames.append(channel, AMQP_BASIC_PUBLISH_METHOD, &method))
    if frames.isFull { try sendFrames() }
    try check(unsafe frames.append(channel, &fields, bodyBytes: body.count))
    var sent = 0
    while sent < body.count {
      if frames.isFull { try sendFrames() }
      let next = min(body.count, sent + frames.maxPayloadBytes)
      frames.append(channel, body: body.extracting(sent..<next))
      sent = next
    }
  }

  /// Until the kernel has all that waits. Blocks while the broker takes no bytes.
  private func sendFrames() throws(AMQPError) {
    while !frames.isEmpty {
      guard frames.send(on: descriptor) < 0 else { continue }
      switch errno {
      case EINTR: continue
      case EAGAIN: waitUntilWritable()
      case let code:
        let reason = unsafe String(cString: strerror(code))
        throw fail(AMQPError(code: .lost, description: "the connection broke: \(reason)", underlyingCode: Int(code)))
      }
    }
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
