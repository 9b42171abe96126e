import Synchronization

/// Messages from any thread to one thread, taken in one swap. The receiver is woken once per batch, not per message.
package final class Mailbox<Message: Sendable>: Sendable {
  private let messages = Mutex<[Message]>([])
  private let wake: @Sendable () -> Void

  /// `wake` is called, on the sender's thread, when the first message lies in an empty mailbox.
  package init(wake: @escaping @Sendable () -> Void) {
    self.wake = wake
  }

  package func send(_ message: consuming sending Message) {
    let message = message
    let wasEmpty = messages.withLock { waiting in
      waiting.append(message)
      return waiting.count == 1
    }
    if wasEmpty { wake() }
  }

  /// Everything sent since the last take, in order.
  package func take() -> [Message] {
    messages.withLock { waiting in
      guard !waiting.isEmpty else { return [] }
      defer { waiting = [] }
      return waiting
    }
  }
}
