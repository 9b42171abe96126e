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
    try openIfNeeded()
    try connection.declare(Self.channel, declaration)
    return try answer(by: deadline) { event in
      switch event {
      case .declared(Self.channel, _, let messages, let consumers): .declared(messages: messages, consumers: consumers)
      case .channelClosed(Self.channel, let code, let text): .refused(code: code, text: text)
      default: nil
      }
    }
  }

  /// Deletes a queue with all it holds, if the broker lets us; throws as ``declare(_:by:)`` does.
  func delete(_ name: String) throws(AMQPError) {
    try openIfNeeded()
    try connection.delete(Self.channel, queue: name)
    try answer(by: .max) { event in
      switch event {
      case .deleted(Self.channel, _), .channelClosed(Self.channel, _, _): ()
      default: nil
      }
    }
  }

  private func openIfNeeded() throws(AMQPError) {
    guard !isOpen else { return }
    try connection.openChannel(Self.channel)
    isOpen = true
  }

  /// What `read` makes of the first event that it knows as an answer.
  private func answer<Value>(by deadline: UInt64, _ read: (AMQPEvent) -> Value?) throws(AMQPError) -> Value {
    let deadline = min(deadline, Clock.monotonicNanoseconds() + Self.answerTime)
    while true {
      events.removeAll(keepingCapacity: true)
      let hasMore = try connection.receive(into: &events)
      for event in events {
        if case .channelClosed(Self.channel, _, _) = event { isOpen = false }
        if let value = read(event) { return value }
      }
      if hasMore { continue }
      let now = Clock.monotonicNanoseconds()
      guard now < deadline else {
        throw AMQPError(code: .timeout, description: "the broker did not answer about a queue in time")
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
