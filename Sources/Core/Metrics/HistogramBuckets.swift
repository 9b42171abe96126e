/// The one set of buckets that every histogram of durations uses: 100 µs to 10 s.
package enum HistogramBuckets {
  package static let count = 16

  /// Upper bounds, inclusive, in nanoseconds, ascending. What is beyond the last is counted in `+Inf`.
  package static let bounds: InlineArray<16, Int> = [
    100_000, 250_000, 500_000,
    1_000_000, 2_500_000, 5_000_000,
    10_000_000, 25_000_000, 50_000_000,
    100_000_000, 250_000_000, 500_000_000,
    1_000_000_000, 2_500_000_000, 5_000_000_000,
    10_000_000_000,
  ]

  /// The bucket of a duration: 0 to `count`, where `count` is `+Inf`.
  @inlinable
  package static func index(ofNanoseconds duration: Int) -> Int {
    var index = 0
    while index < count, duration > bounds[index] { index += 1 }
    return index
  }
}

/// A histogram's counts at one moment.
package struct HistogramSnapshot: Sendable, Equatable {
  /// Per bucket, not cumulative; the last is `+Inf`. `HistogramBuckets.count + 1` of them.
  package var counts: [Int]
  package var sumNanoseconds: Int

  package static let empty = HistogramSnapshot(
    counts: [Int](repeating: 0, count: HistogramBuckets.count + 1), sumNanoseconds: 0)

  package init(counts: [Int], sumNanoseconds: Int) {
    precondition(counts.count == HistogramBuckets.count + 1, "a histogram has a count for each bucket and +Inf")
    self.counts = counts
    self.sumNanoseconds = sumNanoseconds
  }

  package static func += (total: inout Self, part: Self) {
    for index in total.counts.indices { total.counts[index] += part.counts[index] }
    total.sumNanoseconds += part.sumNanoseconds
  }
}
