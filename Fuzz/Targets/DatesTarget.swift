import Core

/// What strangers write about time: `Retry-After`, HTTP dates, timestamps, durations, sizes.
enum DatesTarget {
  static func run(_ input: [UInt8]) {
    let text = String(decoding: input, as: UTF8.self)
    let now: Int64 = 1_736_908_200_000
    let policy = RetryPolicy(maxAttempts: 12, backoff: Backoff(delay: 2000, maxDelay: 600_000))
    if let wish = RetryAfter.parse(text, now: now) {
      require(wish >= 0, "a wish before now")
      require((0...RetryPolicy.longestWish).contains(policy.clamped(wish)), "a wait without bounds")
      require(policy.wait(attempt: 3, retryAfter: wish, random: 7) <= RetryPolicy.longestWish, "a wait without bounds")
    }
    _ = HTTPDate.parse(input, now: now / 1000)
    for reading in [Timestamp.parseRFC3339(input.span), Timestamp.parseUnixSeconds(input.span)] {
      guard case .milliseconds(let time) = reading else { continue }
      require(Timestamp.validMilliseconds.contains(time), "a time out of range")
      var written: [UInt8] = []
      Timestamp.appendUTC(time, to: &written)
      require(Timestamp.parseRFC3339(written.span) == .milliseconds(time), "a time reads back as another")
      require(!LocalTime.utc.text(time).isEmpty, "a time without a text")
    }
    if let duration = DurationText.parse(text) {
      require(duration >= .zero && DurationText.parse(DurationText.format(duration)) == duration, "another duration")
    }
    if let size = ByteSizeText.parse(text) {
      require(size >= 0 && ByteSizeText.parse(ByteSizeText.format(size)) == size, "another size")
    }
    if let address = ListenAddress(text) {
      require(ListenAddress(address.description) == address, "\(address) is another address")
    }
    let url = URLText(text: text)
    _ = (url.scheme, url.host, url.hasValidPort, url.masked)
    _ = EventID(text)
  }
}
