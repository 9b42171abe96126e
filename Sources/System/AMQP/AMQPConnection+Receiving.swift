import CLinux
import CRabbitMQ
import Glibc

extension AMQPConnection {
  /// Appends everything that has arrived to `events`, without waiting, and serves the heartbeat: to be called after every
  /// ``wait(for:milliseconds:)``, and by a busy thread at least every quarter of a heartbeat.
  ///
  /// True when it stopped at ``maxEventsPerReceive`` or ``maxBytesPerReceive`` and more may lie there. Throws when the
  /// connection is over; what came before that is in `events`.
  package func receive(into events: inout [AMQPEvent]) throws(AMQPError) -> Bool {
    if let failure { throw failure }
    var frame = unsafe amqp_frame_t()
    var noTime = timeval()
    let limit = events.count + Self.maxEventsPerReceive
    var byteCount = 0
    var unreleased = 0
    while events.count < limit && byteCount < Self.maxBytesPerReceive {
      let status = unsafe amqp_simple_wait_frame_noblock(state, &frame, &noTime)
      if status == AMQP_STATUS_TIMEOUT.rawValue {
        unsafe amqp_maybe_release_buffers(state)
        return false
      }
      try check(status)
      let size = unsafe try take(frame, &events)
      byteCount += size
      unreleased += size
      // Between two frames the library can let go of what it holds; at the end of a batch it may be inside one.
      if unreleased >= 1 << 18 {
        unsafe amqp_maybe_release_buffers(state)
        unreleased = 0
      }
    }
    unsafe amqp_maybe_release_buffers(state)
    return true
  }

  /// The number of body bytes in it.
  private func take(_ frame: amqp_frame_t, _ events: inout [AMQPEvent]) throws(AMQPError) -> Int {
    let channel = unsafe frame.channel
    guard channel == 0 || isOpen(channel) else {
      throw fail(.protocolError("a frame came on a channel that is not open"))
    }
    switch unsafe Int32(frame.frame_type) {
    case AMQP_FRAME_METHOD:
      try unsafe take(method: frame.payload.method, channel, &events)
      return 0
    case AMQP_FRAME_HEADER:
      try unsafe take(header: frame, channel, &events)
      return 0
    case AMQP_FRAME_BODY:
      let piece = unsafe frame.payload.body_fragment.buffer
      var isValid = true
      if let event = unsafe channels[Int(channel)]?.take(piece: piece, isValid: &isValid) { events.append(event) }
      guard isValid, channel != 0 else { throw fail(.protocolError("a body came that was not announced")) }
      return piece.count
    case AMQP_FRAME_HEARTBEAT:
      return 0
    default:
      throw fail(.protocolError("a frame of an unknown kind came"))
    }
  }

  private func take(
    header frame: amqp_frame_t, _ channel: UInt16, _ events: inout [AMQPEvent]
  ) throws(AMQPError) {
    let header = unsafe frame.payload.properties
    guard channels[Int(channel)]?.expectsHeader == true, unsafe Int32(header.class_id) == AMQP_BASIC_CLASS,
      let decoded = unsafe header.decoded
    else { throw fail(.protocolError("a content header came that was not due")) }
    guard unsafe header.body_size <= UInt64(Self.maxBodyBytes) else {
      throw fail(.protocolError("a message longer than \(Self.maxBodyBytes) bytes was announced"))
    }
    let fields = unsafe decoded.assumingMemoryBound(to: amqp_basic_properties_t.self).pointee
    let properties = unsafe AMQPProperties(fields, &texts)
    let event = unsafe channels[Int(channel)]?.take(properties, bodyBytes: Int(header.body_size))
    if let event { events.append(event) }
  }
}
