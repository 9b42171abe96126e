import Core

/// Who gets spooled copies to publish them. Confined to the queue's thread.
struct EmbeddedRepublisher {
  /// Copies that a queue gives before it is the next one's turn.
  static let turnCopies = 64
  /// How long a queue rests after one of its copies came back: what the broker has just refused is not offered in a circle.
  static let pauseMilliseconds: Int64 = 1000

  /// Copies of all queues together that it may hold unsettled.
  var window: Int
  var receive: @Sendable ([Delivery]) -> Void
  var unsettled = 0
  private var turn = 0

  init(window: Int, receive: @escaping @Sendable ([Delivery]) -> Void) {
    self.window = window
    self.receive = receive
  }

  var credit: Int { max(0, window - unsettled) }

  /// Whose turn it is among `count` queues.
  mutating func takeTurn(of count: Int) -> Int {
    defer { turn += 1 }
    turn %= count
    return turn
  }
}
