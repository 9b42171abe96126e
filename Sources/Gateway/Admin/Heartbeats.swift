package import Core
import Synchronization

/// One thread's sign of life: when its turn began, or that it waits for work.
///
/// A thread that waits in the kernel is well however long it waits; one whose turn does not end is stuck.
package final class Heartbeat: Sendable {
  /// 0 while the thread waits.
  private let turnBegan = Atomic<UInt64>(0)

  package init() {}

  /// The thread has work; `now` is monotonic nanoseconds.
  package func woke(at now: UInt64) {
    turnBegan.store(now, ordering: .relaxed)
  }

  /// The thread is about to wait.
  package func rested() {
    turnBegan.store(0, ordering: .relaxed)
  }

  /// When the present turn began; `nil` while the thread waits.
  package var busySince: UInt64? {
    let began = turnBegan.load(ordering: .relaxed)
    return began == 0 ? nil : began
  }
}

extension Liveness {
  package init(_ heartbeats: [Heartbeat]) {
    self.init(busySince: heartbeats.map(\.busySince))
  }
}
