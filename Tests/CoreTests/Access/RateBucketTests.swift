import Testing

@testable import Core

@Suite struct RateBucketTests {
  private static let second: UInt64 = 1_000_000_000

  @Test("a burst is let through at once, then one event each time that the rate has one")
  func burst() {
    var bucket = RateBucket(rate: 2, burst: 3, at: 0)
    for _ in 0..<3 { #expect(bucket.take(1, at: 0) == nil) }
    #expect(bucket.take(1, at: 0) == 1)
    #expect(bucket.take(1, at: Self.second / 2 - 1) == 1)
    #expect(bucket.take(1, at: Self.second / 2) == nil)
    #expect(bucket.take(1, at: Self.second / 2) == 1)
  }

  @Test("no more than the burst is saved up, however long the client was silent")
  func limit() {
    var bucket = RateBucket(rate: 2, burst: 3, at: 0)
    #expect(bucket.take(3, at: 1000 * Self.second) == nil)
    #expect(bucket.take(1, at: 1000 * Self.second) == 1)
  }

  @Test("a batch larger than the burst waits for a full bucket, and is paid back")
  func largeBatch() {
    var bucket = RateBucket(rate: 10, burst: 10, at: 0)
    #expect(bucket.take(100, at: 0) == nil)
    #expect(bucket.take(1, at: 0) == 10)
    #expect(bucket.take(1, at: 9 * Self.second) == 1)
    #expect(bucket.take(1, at: 10 * Self.second) == nil)
    #expect(bucket.take(100, at: 10 * Self.second) == 1)
    #expect(bucket.take(100, at: 11 * Self.second) == nil)
  }

  @Test("what is refused takes nothing, and an empty batch takes nothing")
  func nothing() {
    var bucket = RateBucket(rate: 1, burst: 2, at: 0)
    #expect(bucket.take(1, at: 0) == nil)
    for _ in 0..<5 { #expect(bucket.take(2, at: 0) == 1) }
    #expect(bucket.take(0, at: 0) == nil)
    #expect(bucket.take(1, at: 0) == nil)
  }

  @Test("without a burst a second's events are saved up, at least one", arguments: [(0.5, 1), (1.0, 1), (2.5, 3)])
  func standard(_ rate: Double, _ count: Int) {
    var bucket = RateBucket(rate: rate, burst: nil, at: 0)
    for _ in 0..<count { #expect(bucket.take(1, at: 0) == nil) }
    #expect(bucket.take(1, at: 0) != nil)
  }

  @Test("the wait is whole seconds, at least one, at most an hour; an earlier time fills nothing")
  func waits() {
    var bucket = RateBucket(rate: 0.0001, burst: 1, at: Self.second)
    #expect(bucket.take(1, at: Self.second) == nil)
    #expect(bucket.take(1, at: 0) == RateBucket.maxWait)
    var quick = RateBucket(rate: 0.4, burst: 1, at: 0)
    #expect(quick.take(1, at: 0) == nil)
    #expect(quick.take(1, at: 0) == 3)
  }
}
