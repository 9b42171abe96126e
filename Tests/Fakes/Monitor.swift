import Foundation
import Synchronization

/// State that threads share and wait on: a lock with a condition variable. Every change wakes every waiter.
package final class Monitor<State: Sendable>: Sendable {
  private let condition = NSCondition()
  private let state: Mutex<State>

  package init(_ initial: State) { state = Mutex(initial) }

  /// Changes the state. `body` must not call this monitor again.
  @discardableResult
  package func change<Result: Sendable>(_ body: @Sendable (inout State) -> Result) -> Result {
    condition.lock()
    defer { condition.unlock() }
    let result = state.withLock { body(&$0) }
    condition.broadcast()
    return result
  }

  package var value: State { state.withLock { $0 } }

  /// Waits until `condition` holds; false when `timeout` passes first.
  package func wait(timeout: Duration, until isMet: (State) -> Bool) -> Bool {
    let deadline = Date(timeIntervalSinceNow: timeout / .seconds(1))
    condition.lock()
    defer { condition.unlock() }
    while !isMet(state.withLock { $0 }) {
      if !condition.wait(until: deadline) { return isMet(state.withLock { $0 }) }
    }
    return true
  }
}

/// Waits until `condition` holds, asking it every few milliseconds; false when `timeout` passes first.
///
/// For conditions that nobody announces, such as another process's answers; fakes have waits of their own.
package func waitUntil(timeout: Duration = .seconds(10), _ condition: () throws -> Bool) rethrows -> Bool {
  let deadline = ContinuousClock.now + timeout
  let pause = Monitor(0)
  while try !condition() {
    guard ContinuousClock.now < deadline else { return false }
    _ = pause.wait(timeout: .milliseconds(2)) { _ in false }
  }
  return true
}

/// Runs a blocking wait on a thread of its own, for tests that are `async`: the cooperative pool has a thread for each
/// core, and a wait on it can hold up the very task that it waits for.
package func aside<Result: Sendable>(_ wait: @escaping @Sendable () -> Result) async -> Result {
  await withCheckedContinuation { continuation in
    Thread.detachNewThread { continuation.resume(returning: wait()) }
  }
}
