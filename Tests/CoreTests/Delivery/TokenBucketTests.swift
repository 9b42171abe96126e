import Core
import Testing

@Suite("TokenBucket")
struct TokenBucketTests {
  @Test(
    "no window holds more calls than the capacity, and none waits longer than it must",
    arguments: [(1, Int64(1000)), (20, 60_000), (30, 1000)])
  func windows(capacity: Int, window: Int64) {
    var bucket = TokenBucket(capacity: capacity, window: window)
    var calls: [Int64] = []
    var now: Int64 = 5
    for step in 0..<200 {
      let wished = now + Int64(step % 7) * 13
      now = bucket.available(from: wished)
      bucket.take(at: now)
      let isFree = step < capacity || calls[step - capacity] + window <= wished
      #expect(now == (isFree ? wished : calls[step - capacity] + window))
      calls.append(now)
    }
  }
}
