import Core
import Testing

@Suite("Retrying")
struct RetryTests {
  private let backoff = Backoff(delay: 2000, maxDelay: 600_000)

  @Test(
    "the ceiling doubles with each failure and stops at the longest wait",
    arguments: [(1, 2000), (2, 4000), (3, 8000), (9, 512_000), (10, 600_000), (60, 600_000), (Int.max, 600_000)])
  func ceiling(attempt: Int, expected: Int) {
    #expect(backoff.ceiling(attempt: attempt) == Int64(expected))
  }

  @Test("full jitter reaches from nothing to the ceiling, a probe's from half of it")
  func jitter() {
    #expect(backoff.jittered(attempt: 1, random: 0) == 0)
    #expect(backoff.jittered(attempt: 1, random: 2000) == 2000)
    #expect(backoff.jittered(attempt: 1, random: 2001) == 0)
    #expect(backoff.spread(attempt: 1, random: 0) == 1000)
    #expect(backoff.spread(attempt: 1, random: 1000) == 2000)
    #expect((0..<5000).allSatisfy { (1000...2000).contains(backoff.spread(attempt: 1, random: UInt64($0) &* 7919)) })
  }

  @Test(
    "an answer's status says whether another attempt may help",
    arguments: [
      (200, RetryPolicy.StatusClass.success), (204, .success), (301, .retry), (400, .poison), (401, .poison),
      (404, .poison), (408, .retry), (409, .poison), (413, .poison), (425, .retry), (429, .retry), (500, .retry),
      (501, .poison), (502, .retry), (503, .retry), (504, .retry), (0, .retry), (999, .retry),
    ])
  func classes(status: Int, expected: RetryPolicy.StatusClass) {
    #expect(RetryPolicy.classify(status: status) == expected)
  }

  @Test("a sink's wish counts when it is longer than the backoff, and is believed up to an hour")
  func wishes() {
    let policy = RetryPolicy(maxAttempts: 12, backoff: backoff)
    #expect(policy.wait(attempt: 1, retryAfter: nil, random: 700) == 700)
    #expect(policy.wait(attempt: 1, retryAfter: 5000, random: 700) == 5000)
    #expect(policy.wait(attempt: 3, retryAfter: 5000, random: 6000) == 6000)
    #expect(policy.wait(attempt: 1, retryAfter: 315_360_000_000, random: 0) == 3_600_000)
    #expect(policy.clamped(-5) == 0)
    let patient = RetryPolicy(maxAttempts: 1, backoff: Backoff(delay: 1, maxDelay: 7_200_000))
    #expect(patient.clamped(.max) == 7_200_000)
  }

  @Test(
    "Retry-After is seconds or an HTTP date; anything else is nothing",
    arguments: [
      ("0", Int64(0)), ("5", 5000), (" 120 ", 120_000), ("", nil), ("-1", nil), ("1.5", nil), ("soon", nil),
      ("5 s", nil), ("+5", nil), ("٥", nil),
      ("Sun, 06 Nov 1994 08:50:07 GMT", 30_000), ("Sunday, 06-Nov-94 08:50:07 GMT", 30_000),
      ("Sun Nov  6 08:50:07 1994", 30_000), ("Sun, 06 Nov 1994 08:49:00 GMT", 0),
      ("Sun, 06 Nov 1994 08:50:07 UTC", nil), ("Sun, 32 Nov 1994 08:50:07 GMT", nil),
      ("Sun, 06 Nov 1994 24:50:07 GMT", nil), ("Sun, 06 Foo 1994 08:50:07 GMT", nil),
    ])
  func retryAfter(value: String, expected: Int64?) {
    // 1994-11-06T08:49:37Z
    let now: Int64 = 784_111_777_000
    #expect(RetryAfter.parse(value, now: now) == expected)
  }

  @Test("a number of seconds too long to count is just very long")
  func endless() throws {
    let parsed = try #require(RetryAfter.parse(String(repeating: "9", count: 400), now: 0))
    #expect(parsed > 315_360_000_000)
  }
}
