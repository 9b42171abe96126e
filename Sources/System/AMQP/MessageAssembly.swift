/// Puts a channel's messages together: a method that announces content, its header, its body in any number of frames
/// (AMQP 0-9-1 §4.2.6).
struct MessageAssembly {
  private enum Phase {
    case idle
    /// The method has come, its header not.
    case header(Content)
    /// So many body bytes are to come.
    case body(Content, left: Int)
  }

  /// What the method announced, with its properties once they are known.
  enum Content {
    case delivery(AMQPDelivery)
    case returned(AMQPReturn)
  }

  private var phase = Phase.idle
  private var body: [UInt8] = []

  var isIdle: Bool { if case .idle = phase { true } else { false } }

  /// False when a message is under way already.
  mutating func begin(_ content: Content) -> Bool {
    guard isIdle else { return false }
    phase = .header(content)
    return true
  }

  /// True when a header is due.
  var expectsHeader: Bool { if case .header = phase { true } else { false } }

  /// The message, when it has no body. Call only if a header is due.
  mutating func take(_ properties: AMQPProperties, bodyBytes: Int) -> AMQPEvent? {
    guard case .header(var content) = phase else { preconditionFailure("a header that is not due") }
    switch content {
    case .delivery(var delivery):
      delivery.properties = properties
      content = .delivery(delivery)
      // A peer may announce more than it sends: the rest of the room is taken as the bytes come.
      body.reserveCapacity(min(bodyBytes, 1 << 20))
    case .returned(var message):
      message.messageID = properties.messageID
      content = .returned(message)
    }
    phase = .body(content, left: bodyBytes)
    return bodyBytes == 0 ? finish(content) : nil
  }

  /// A piece of the body: the message when it is complete. `nil` also when the piece is not due or too long; then `isValid`
  /// is set to false.
  mutating func take(piece: UnsafeRawBufferPointer, isValid: inout Bool) -> AMQPEvent? {
    guard case .body(let content, let left) = phase, piece.count <= left else {
      isValid = false
      return nil
    }
    // Of a returned message nobody needs the body.
    if case .delivery = content { unsafe body.append(contentsOf: piece) }
    phase = .body(content, left: left - piece.count)
    return piece.count == left ? finish(content) : nil
  }

  private mutating func finish(_ content: Content) -> AMQPEvent {
    phase = .idle
    switch content {
    case .delivery(var delivery):
      swap(&delivery.body, &body)
      return .delivered(delivery)
    case .returned(let message):
      return .returned(message)
    }
  }
}
