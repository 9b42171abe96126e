/// Puts a channel's messages together: a method that announces content, its header, its body in any number of frames
/// (AMQP 0-9-1 §4.2.6).
struct MessageAssembly {
  private enum Phase {
    case idle
    /// The method has come, its header not.
    case header
    /// So many body bytes are to come.
    case body(left: Int)
  }

  /// What the method announced.
  enum Content {
    case delivery(AMQPDelivery)
    case returned(AMQPReturn)
  }

  private var phase = Phase.idle
  /// One of the two is there; apart, so that they change in place.
  private var delivery: AMQPDelivery?
  private var returned: AMQPReturn?

  var isIdle: Bool { if case .idle = phase { true } else { false } }

  /// False when a message is under way already.
  mutating func begin(_ content: Content) -> Bool {
    guard isIdle else { return false }
    switch content {
    case .delivery(let delivery): self.delivery = delivery
    case .returned(let returned): self.returned = returned
    }
    phase = .header
    return true
  }

  /// True when a header is due.
  var expectsHeader: Bool { if case .header = phase { true } else { false } }

  /// The message, when it has no body. Call only if a header is due.
  mutating func take(_ properties: AMQPProperties, bodyBytes: Int) -> AMQPEvent? {
    guard case .header = phase else { preconditionFailure("a header that is not due") }
    returned?.messageID = properties.messageID
    delivery?.properties = properties
    // A peer may announce more than it sends: the rest of the room is taken as the bytes come.
    delivery?.body.reserveCapacity(min(bodyBytes, 1 << 20))
    phase = .body(left: bodyBytes)
    return bodyBytes == 0 ? finish() : nil
  }

  /// A piece of the body: the message when it is complete. `nil` also when the piece is not due or too long; then `isValid`
  /// is set to false.
  mutating func take(piece: UnsafeRawBufferPointer, isValid: inout Bool) -> AMQPEvent? {
    guard case .body(let left) = phase, piece.count <= left else {
      isValid = false
      return nil
    }
    // Of a returned message nobody needs the body.
    unsafe delivery?.body.append(contentsOf: piece)
    phase = .body(left: left - piece.count)
    return piece.count == left ? finish() : nil
  }

  private mutating func finish() -> AMQPEvent? {
    phase = .idle
    if let delivery = delivery.take() { return .delivered(delivery) }
    return returned.take().map { .returned($0) }
  }
}
