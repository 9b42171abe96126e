import AMQP
import Platform
import Synchronization

/// A thread that may hang in a connection attempt: it is told to end, cut off from the broker, and waited for only so long.
final class BrokerThread: Sendable {
  let wakeup: Wakeup
  private let ended: Wakeup
  private let hasEnded = Atomic(false)
  private let stopping = Atomic(false)
  private let cutter = Mutex<AMQPCutter?>(nil)
  private let handle = Mutex<NamedThread?>(nil)

  init() throws(SystemError) {
    wakeup = try Wakeup()
    ended = try Wakeup()
  }

  /// Starts `body` on a thread of that name. Call once.
  func start(_ name: String, _ body: @escaping @Sendable (BrokerThread) -> Void) {
    let thread = NamedThread(name) {
      body(self)
      self.hasEnded.store(true, ordering: .sequentiallyConsistent)
      self.ended.signal()
    }
    handle.withLock { $0 = thread }
  }

  var isStopping: Bool { stopping.load(ordering: .sequentiallyConsistent) }

  /// What ``interrupt()`` cuts from now on; `nil` while there is no connection.
  func connected(_ cutter: AMQPCutter?) {
    self.cutter.withLock { $0 = cutter }
  }

  /// The thread is to end when it has done what it must.
  func stop() {
    stopping.store(true, ordering: .sequentiallyConsistent)
    wakeup.signal()
  }

  /// Whatever it waits for from the broker ends now.
  func interrupt() {
    stop()
    cutter.withLock { $0 }?.cut()
  }

  /// Waits until the thread has ended, until `deadline` (monotonic nanoseconds) at most; false if it has not. A thread that
  /// hangs in a connection attempt ends by itself once that is over.
  func join(until deadline: UInt64) -> Bool {
    while !hasEnded.load(ordering: .sequentiallyConsistent) {
      let now = Clock.monotonicNanoseconds()
      guard now < deadline else { return false }
      ended.wait(milliseconds: Int32(clamping: min(1000, (deadline - now) / 1_000_000 + 1)))
    }
    handle.withLock { $0.take() }?.join()
    return true
  }
}
