import Core
import Platform
import Synchronization

/// One reader of `GET /api/tail` as the loops see it that take events: what it wants, and what waits for it.
final class Tail: Sendable {
  let filter: TailFilter
  /// Names it on its own loop.
  let number: UInt64
  private let backlog = Mutex(TailBacklog())
  /// Of the loop that its connection is on.
  private let mailbox: Mailbox<IntakeLoop.Message>

  init(_ filter: TailFilter, number: UInt64, mailbox: Mailbox<IntakeLoop.Message>) {
    self.filter = filter
    self.number = number
    self.mailbox = mailbox
  }

  /// Changes what waits, and calls the reader if that is what it waits for.
  func change(_ change: (inout TailBacklog) -> Void) {
    let calls = backlog.withLock { backlog in
      change(&backlog)
      return backlog.calls()
    }
    if calls { mailbox.send(.tail(number)) }
  }

  func take() -> (bytes: [UInt8], isLast: Bool) { backlog.withLock { $0.taken() } }
}
