import Platform
import Synchronization

/// The end of a console, seen from both sides: when it gives up on its reader, and that its thread has ended.
final class ConsoleStop: Sendable {
  /// How much longer than its deadline a thread may take that hangs in a write that should not have waited.
  private static let patienceMilliseconds: Int32 = 250

  /// Monotonic nanoseconds; 0 until the console stops.
  private let deadline = Atomic<UInt64>(0)
  private let hasEnded = Atomic<Bool>(false)
  private let ended: Wakeup

  init() throws(SystemError) {
    ended = try Wakeup()
  }

  var isRequested: Bool { deadline.load(ordering: .acquiring) != 0 }

  /// -1 while the console runs, 0 once the deadline has passed.
  var millisecondsLeft: Int32 {
    let end = deadline.load(ordering: .acquiring)
    if end == 0 { return -1 }
    let now = Clock.monotonicNanoseconds()
    return end <= now ? 0 : Int32(clamping: (end - now) / 1_000_000 + 1)
  }

  /// The deadline counts from now, at most an hour.
  func requested(within duration: Duration) {
    let milliseconds = min(max(duration / .milliseconds(1), 0), 3_600_000)
    deadline.store(Clock.monotonicNanoseconds() + UInt64(milliseconds) * 1_000_000, ordering: .releasing)
  }

  func threadEnded() {
    hasEnded.store(true, ordering: .releasing)
    ended.signal()
  }

  /// Waits for the thread until shortly after the deadline; false if it still runs.
  func waitForThread() -> Bool {
    if !hasEnded.load(ordering: .acquiring) { ended.wait(milliseconds: millisecondsLeft + Self.patienceMilliseconds) }
    return hasEnded.load(ordering: .acquiring)
  }
}
