/// Events with client-given ids that are being stored or were stored lately: who is first, and who is a duplicate.
///
/// Times are Unix milliseconds, so that they mean something after a restart.
package struct SeenTable: Sendable {
  /// Who waits for the outcome of the first: a loop's number, and the number that the loop has for the request.
  package struct Waiter: Sendable, Equatable {
    package let loop: Int
    package let twin: UInt64

    package init(loop: Int, twin: UInt64) {
      self.loop = loop
      self.twin = twin
    }
  }

  /// What an event that has just arrived is.
  package enum Verdict: Sendable, Equatable {
    /// Nobody else has it: it is to be stored, and ``stored(_:in:now:)`` or ``failed(_:)`` must follow.
    case first
    /// To be stored, but there is no room to remember it.
    case untracked
    /// It is durable already.
    case duplicate(StoredIn)
    /// The id is taken by other content.
    case conflict
    /// The first with this id is being stored: the waiter is told what comes of it.
    case underWay
  }

  package struct Waiting: Sendable {
    package let waiter: Waiter
    /// It has the content of the first.
    package let isSame: Bool
  }

  private struct Entry: Sendable {
    let content: ContentDigest
    /// `nil` while it is being stored.
    var stored: StoredIn?
  }

  /// How long an event is remembered, in milliseconds.
  package var window: Int64
  /// Events remembered or being stored; the oldest that is stored leaves first.
  package let capacity: Int
  private var entries: [ContentDigest: Entry] = [:]
  private var waiting: [ContentDigest: [Waiting]] = [:]
  /// Those that are stored, each once, the oldest first.
  private var order = FIFO<(key: ContentDigest, at: Int64)>()

  package init(window: Int64, capacity: Int) {
    self.window = window
    self.capacity = capacity
  }

  package var count: Int { entries.count }

  /// An event has arrived. `waiter` is kept if the verdict is `underWay`.
  package mutating func claimed(
    _ key: ContentDigest, _ content: ContentDigest, now: Int64, waiter: Waiter
  ) -> Verdict {
    forgetExpired(now)
    guard let entry = entries[key] else {
      if entries.count >= capacity, !forgetOldest() { return .untracked }
      entries[key] = Entry(content: content)
      return .first
    }
    guard let stored = entry.stored else {
      waiting[key, default: []].append(Waiting(waiter: waiter, isSame: entry.content == content))
      return .underWay
    }
    return entry.content == content ? .duplicate(stored) : .conflict
  }

  /// The first is durable; returns who waited for that.
  package mutating func stored(_ key: ContentDigest, in place: StoredIn, now: Int64) -> [Waiting] {
    guard let entry = entries[key], entry.stored == nil else { return [] }
    entries[key]?.stored = place
    order.append((key, now))
    return waiting.removeValue(forKey: key) ?? []
  }

  /// The first could not be stored and is forgotten; returns who waited for it.
  package mutating func failed(_ key: ContentDigest) -> [Waiting] {
    guard let entry = entries[key], entry.stored == nil else { return [] }
    entries[key] = nil
    return waiting.removeValue(forKey: key) ?? []
  }

  /// What an earlier process has stored, the oldest first, before anything arrives.
  package mutating func recalled(_ event: SeenEvent, at: Int64, now: Int64) {
    guard at + window > now, entries[event.key] == nil else { return }
    if entries.count >= capacity, !forgetOldest() { return }
    entries[event.key] = Entry(content: event.content, stored: event.stored)
    order.append((event.key, at))
  }

  private mutating func forgetExpired(_ now: Int64) {
    while let oldest = order.first, oldest.at + window <= now { _ = forgetOldest() }
  }

  /// False if all that is there is being stored.
  private mutating func forgetOldest() -> Bool {
    guard let oldest = order.removeFirst() else { return false }
    entries[oldest.key] = nil
    return true
  }
}
