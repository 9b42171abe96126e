import Platform
import Synchronization

/// How long a shutdown waits: until its time is over, what it waits for has come, or somebody says it is enough.
final class Patience: Sendable {
  private let isOver = Atomic(false)
  private let ended: Wakeup?

  init() { ended = try? Wakeup() }

  /// Every wait ends now, and every later one at once.
  func end() {
    isOver.store(true, ordering: .sequentiallyConsistent)
    ended?.signal()
  }

  /// True once somebody has said that it is enough.
  var isEnded: Bool { isOver.load(ordering: .sequentiallyConsistent) }

  /// Monotonic nanoseconds, `duration` from now.
  func deadline(in duration: Duration) -> UInt64 {
    let length = duration.components
    return Clock.monotonicNanoseconds() + UInt64(length.seconds) * 1_000_000_000
      + UInt64(length.attoseconds / 1_000_000_000)
  }

  /// False if it was said that it is enough.
  @discardableResult
  func wait(for duration: Duration) -> Bool {
    wait(until: deadline(in: duration)) { false }
    return !isEnded
  }

  /// Waits until `deadline` at most; `isDone` is asked a hundred times a second.
  func wait(until deadline: UInt64, _ isDone: () -> Bool) {
    while !isDone(), !isEnded {
      let now = Clock.monotonicNanoseconds()
      guard now < deadline else { return }
      ended?.wait(milliseconds: Int32(min(10, (deadline - now) / 1_000_000 + 1)))
    }
  }
}
