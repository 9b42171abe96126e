import AMQP
import Platform

/// A connection beside those that carry copies: one question at a time, and its answer is waited for.
///
/// Confined to the thread that makes it. A question whose answer is an error costs the channel, which is opened anew.
final class BrokerSideChannel {
  enum Answer: Equatable {
    case declared(messages: Int, consumers: Int)
    /// 403, 404, 405 or 406, with the broker's sentence.
    case refused(code: Int, text: String)
  }

  /// The longest wait for one answer, in nanoseconds.
  static let answerTime: UInt64 = 5_000_000_000

  private static let channel: UInt16 = 1

  private let connection: AMQPConnection
  private let wakeup: Wakeup
  private var isOpen = false
  private var events: [AMQPEvent] = []

  /// `wakeup` is the thread's own; its signals are put back for the thread's next look at its mailbox.
  init(_ connection: AMQPConnection, wakeup: Wakeup) {
    self.connection = connection
    self.wakeup = wakeup
  }

  /// Declares a queue, or asks for it. Throws when the connection is lost or `deadline` (monotonic nanoseconds) passes.
  func declare(_ declaration: AMQPQueueDeclaration, by deadline: UInt64 = .max) throws(AMQPError) -> Answer {
    let deadline = min(deadline, Clock.monotonicNanoseconds() + Self.answerTime)
    if !isOpen {
      try connection.openChannel(Self.channel)
      isOpen = true
    }
    try connection.declare(Self.channel, declaration)
    while true {
      events.removeAll(keepingCapacity: true)
      let hasMore = try connection.receive(into: &events)
      for event in events {
        switch event {
        case .declared(Self.channel, _, let messages, let consumers):
          return .declared(messages: messages, consumers: consumers)
        case .channelClosed(Self.channel, let code, let text):
          isOpen = false
          return .refused(code: code, text: text)
        default: break
        }
      }
      if hasMore { continue }
      let now = Clock.monotonicNanoseconds()
      guard now < deadline else {
        throw AMQPError(code: .timeout, description: "the broker did not answer a declare in time")
      }
      connection.wait(for: wakeup, milliseconds: Int32((deadline - now) / 1_000_000 + 1))
    }
  }

  /// Nothing is asked: whatever the broker sends meanwhile is read and heartbeats go out. Waits at most `milliseconds`.
  func rest(milliseconds: Int32) throws(AMQPError) {
    connection.wait(for: wakeup, milliseconds: milliseconds)
    events.removeAll(keepingCapacity: true)
    while try connection.receive(into: &events) { events.removeAll(keepingCapacity: true) }
  }

  func close() {
    connection.close()
  }
}
