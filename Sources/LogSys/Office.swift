import Core
import HTTPClient
import Platform
import Synchronization

/// Where calls hand their posts in: the part of a ``LogSystem`` that its callers and its thread share.
final class Office: Sendable {
  typealias Caller = CheckedContinuation<Result<LogReceipt, LogSystemError>, Never>

  enum Message: Sendable {
    case post(Post, Caller)
    case cancel(id: String)
    case close(within: Duration)
  }

  private struct Door {
    var waiting = 0
    var isClosed = false
    /// The thread is gone: nobody reads messages any more.
    var isOver = false
    var closers: [CheckedContinuation<Void, Never>] = []
    var random = RandomBytes()
    var waker: Waker?
  }

  private let maxWaiting: Int
  private let door = Mutex(Door())
  private let inbox = Mutex<[Message]>([])

  init(maxWaiting: Int) { self.maxWaiting = maxWaiting }

  func newID(_ now: Int64) -> EventID {
    let random = door.withLock { ($0.random.next(), $0.random.next()) }
    return EventID.uuidV7(milliseconds: now, random: random)
  }

  /// `caller` is resumed exactly once, here if the door is shut or the room is full.
  func send(_ post: Post, _ caller: Caller) {
    let refusal = door.withLock { door -> LogSystemError? in
      if door.isClosed { return LogSystemError(.closed, "the log system is closed") }
      guard door.waiting < maxWaiting else {
        return LogSystemError(.busy, "\(maxWaiting) calls are waiting already")
      }
      door.waiting += 1
      // Within the lock, so that a post never comes after the thread's last look.
      put(.post(post, caller), door)
      return nil
    }
    if let refusal { caller.resume(returning: .failure(refusal)) }
  }

  func cancel(_ id: String) {
    door.withLock { put(.cancel(id: id), $0) }
  }

  /// Shuts the door; the thread ends when all is through, at the latest after `grace`.
  func close(within grace: Duration) {
    door.withLock { door in
      door.isClosed = true
      put(.close(within: grace), door)
    }
  }

  func whenOver(_ closer: CheckedContinuation<Void, Never>) {
    let isOver = door.withLock { door in
      if !door.isOver { door.closers.append(closer) }
      return door.isOver
    }
    if isOver { closer.resume() }
  }

  private func put(_ message: Message, _ door: borrowing Door) {
    guard !door.isOver else { return }
    inbox.withLock { $0.append(message) }
    door.waker?.wake()
  }
}

// The thread's side.
extension Office {
  func opened(_ waker: Waker) { door.withLock { $0.waker = waker } }

  func take() -> [Message] {
    inbox.withLock { messages in
      guard !messages.isEmpty else { return [] }
      defer { messages = [] }
      return messages
    }
  }

  func settled(_ caller: Caller, _ result: Result<LogReceipt, LogSystemError>) {
    door.withLock { $0.waiting -= 1 }
    caller.resume(returning: result)
  }

  /// The last words: whoever came too late gets `error`, whoever waits for the end is told.
  func over(_ error: LogSystemError) {
    let closers = door.withLock { door in
      (door.isClosed, door.isOver, door.waker) = (true, true, nil)
      defer { door.closers = [] }
      return door.closers
    }
    for case .post(_, let caller) in take() { settled(caller, .failure(error)) }
    for closer in closers { closer.resume() }
  }
}
