import Core
import Synchronization

/// A histogram that any thread adds to and a scrape reads: relaxed atomics, no lock.
struct HistogramCounter: ~Copyable, Sendable {
  private let counts = InlineArray<17, Atomic<Int>> { _ in Atomic(0) }
  private let sum = Atomic(0)

  /// A negative duration counts as 0.
  borrowing func record(nanoseconds: Int) {
    let nanoseconds = max(0, nanoseconds)
    counts[HistogramBuckets.index(ofNanoseconds: nanoseconds)].wrappingAdd(1, ordering: .relaxed)
    sum.wrappingAdd(nanoseconds, ordering: .relaxed)
  }

  borrowing func snapshot() -> HistogramSnapshot {
    var snapshot = HistogramSnapshot.empty
    for index in 0...HistogramBuckets.count { snapshot.counts[index] = counts[index].load(ordering: .relaxed) }
    snapshot.sumNanoseconds = sum.load(ordering: .relaxed)
    return snapshot
  }
}
