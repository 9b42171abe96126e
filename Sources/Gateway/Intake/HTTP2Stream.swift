import Core

/// One request of an HTTP/2 connection that is not closed.
struct HTTP2Stream {
  enum State: Equatable {
    /// More of the body is to come.
    case receiving
    /// The handler has it, and answers later.
    case promised
    /// Answered, or about to be; what still comes is thrown away.
    case answered
  }

  var state = State.receiving
  let head: RequestHead
  /// The HTTP/1.1 message that `head` lies in; empty once the handler has it.
  var message: [UInt8]
  var body: [UInt8] = []
  /// The handler has looked at the head before the body, and let it in.
  var welcomed: Welcome?
  /// Monotonic nanoseconds at which it came to its state; the first one begins with the whole head.
  var since: UInt64

  init(_ head: RequestHead, _ message: [UInt8], at now: UInt64) {
    self.head = head
    self.message = message
    since = now
  }

  var heldBytes: Int { message.count + body.count }
}
