/// The limits that Telegram publishes, counted without leniency: any window of time, to the nanosecond.
package struct TelegramLimits: Sendable {
  /// Messages that a chat may get at once, before it is held to one a second.
  package var chatBurst = 3
  package var groupPerMinute = 20
  package var tokenPerSecond = 30

  package static let published = TelegramLimits()

  private static let second: UInt64 = 1_000_000_000

  /// Messages taken, by chat and in all, as far as a window may still count them; monotonic nanoseconds.
  private var chats: [String: [UInt64]] = [:]
  private var token: [UInt64] = []

  package init() {}

  /// Counts a message to `chat`; else the whole seconds after which it may come again.
  mutating func secondsToWait(_ chat: String, at now: UInt64) -> Int? {
    token.removeAll { now - $0 >= Self.second }
    var taken = chats[chat, default: []].filter { now - $0 < 60 * Self.second }
    defer { chats[chat] = taken }
    var wait: UInt64 = 0
    if token.count >= tokenPerSecond { wait = Self.second - (now - token[0]) }
    if chat.hasPrefix("-"), taken.count >= groupPerMinute { wait = max(wait, 60 * Self.second - (now - taken[0])) }
    wait = max(wait, burstWait(taken, at: now))
    guard wait == 0 else { return Int((wait + Self.second - 1) / Self.second) }
    token.append(now)
    taken.append(now)
    return nil
  }

  /// A bucket of `chatBurst` that gains one a second.
  private func burstWait(_ taken: [UInt64], at now: UInt64) -> UInt64 {
    let full = UInt64(chatBurst - 1) * Self.second
    // When the bucket would be full again, had it been so at first.
    let fullAt = taken.reduce(0) { max($0, $1) + Self.second }
    return fullAt > now + full ? fullAt - now - full : 0
  }
}
