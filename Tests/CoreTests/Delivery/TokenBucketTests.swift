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

  @Test("a token comes back one window after its call's answer, and without one after the longest transit as well")
  func answers() {
    var bucket = TokenBucket(capacity: 2, window: 1000, transit: 500)
    bucket.take(at: 0)
    bucket.take(at: 10)
    let (first, second) = (bucket.latest - 1, bucket.latest)
    #expect(bucket.available(from: 20) == 1500)
    bucket.answered(first, at: 80)
    #expect(bucket.available(from: 90) == 1080)
    bucket.take(at: 1080)
    #expect(bucket.available(from: 1080) == 1510)
    // Too late to matter, or for a token that was taken anew.
    bucket.answered(second, at: 2000)
    bucket.answered(first, at: 100)
    #expect(bucket.available(from: 1080) == 1510)
    bucket.take(at: 1510)
    #expect(bucket.available(from: 1510) == 2580)
  }
}
