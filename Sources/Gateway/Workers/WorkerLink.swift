import HTTPClient
import Platform
import Synchronization

/// How other threads reach the worker's thread: its client's waker, once there is one, and the outcome of its start.
final class WorkerLink: Sendable {
  private let waker = Mutex<Waker?>(nil)
  private let start = Mutex<Start>(.underWay)

  private enum Start: Sendable {
    case underWay
    case ended(WorkerError?)
  }

  /// Before that nobody needs to be woken: the thread looks into its mailbox once it runs.
  func connect(_ waker: Waker) {
    self.waker.withLock { $0 = waker }
  }

  func wake() {
    waker.withLock { $0 }?.wake()
  }

  /// Calls `start` on a new thread and waits for it; then the thread goes on with what it gave.
  ///
  /// A start takes as long as the keys take to load.
  /// `resigned` is called at its end if the loop has given up.
  func launch(
    _ name: String, _ start: @escaping @Sendable () throws(WorkerError) -> WorkerLoop,
    resigned: @escaping @Sendable () -> Void
  ) throws(WorkerError) -> NamedThread {
    self.start.withLock { $0 = .underWay }
    let started: Wakeup
    do throws(SystemError) {
      started = try Wakeup()
    } catch {
      throw WorkerError(error)
    }
    let thread = NamedThread(name) {
      do throws(WorkerError) {
        let loop = try start()
        self.connect(loop.waker)
        loop.start()
        self.ended(nil, started)
        loop.run()
        if loop.hasResigned { resigned() }
      } catch {
        self.ended(error, started)
      }
    }
    while true {
      if case .ended(let error) = self.start.withLock({ $0 }) {
        guard let error else { return thread }
        thread.join()
        throw error
      }
      started.wait(milliseconds: -1)
    }
  }

  private func ended(_ error: WorkerError?, _ started: Wakeup) {
    start.withLock { $0 = .ended(error) }
    started.signal()
  }
}
