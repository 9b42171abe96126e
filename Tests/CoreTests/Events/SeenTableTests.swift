import Core
import Testing

@Suite struct SeenTableTests {
  private static let window: Int64 = 1000
  private let a = Self.digest(1)
  private let b = Self.digest(2)
  private let hello = Self.digest(101)
  private let other = Self.digest(102)
  private var table = SeenTable(window: Self.window, capacity: 3)

  private static func digest(_ number: UInt8) -> ContentDigest {
    ContentDigest([UInt8](repeating: number, count: ContentDigest.byteCount).span) ?? digest(0)
  }

  private mutating func claim(
    _ key: ContentDigest, _ content: ContentDigest, now: Int64 = 0, _ twin: UInt64 = 0
  ) -> SeenTable.Verdict {
    table.claimed(key, content, now: now, waiter: SeenTable.Waiter(loop: 1, twin: twin))
  }

  private mutating func store(_ key: ContentDigest, _ content: ContentDigest, now: Int64 = 0) {
    #expect(claim(key, content, now: now) == .first)
    #expect(table.stored(key, in: .spool, now: now).isEmpty)
  }

  @Test("what comes again with the same content is a duplicate, with other content a conflict, with another id new")
  mutating func verdicts() {
    store(a, hello)
    #expect(claim(a, hello) == .duplicate(.spool))
    #expect(claim(a, other) == .conflict)
    #expect(claim(b, hello) == .first)
  }

  @Test("who comes while the first is being stored waits for its outcome, and is a duplicate or not by its content")
  mutating func underWay() {
    #expect(claim(a, hello) == .first)
    #expect(claim(a, hello, 7) == .underWay)
    #expect(claim(a, other, 8) == .underWay)
    let waiting = table.stored(a, in: .broker, now: 0)
    #expect(waiting.map(\.waiter.twin) == [7, 8] && waiting.map(\.isSame) == [true, false])
    #expect(table.stored(a, in: .broker, now: 0).isEmpty)
    #expect(claim(a, hello) == .duplicate(.broker))
  }

  @Test("a first that failed is forgotten: whoever waited is told, and the next one is first")
  mutating func failed() {
    #expect(claim(a, hello) == .first)
    #expect(claim(a, hello, 7) == .underWay)
    #expect(table.failed(a).map(\.waiter.twin) == [7])
    #expect(claim(a, other) == .first)
  }

  @Test("an id is new again once the window has passed since it was stored", arguments: [(999, false), (1000, true)])
  mutating func expired(_ now: Int64, _ isNew: Bool) {
    #expect(claim(a, hello, now: -500) == .first)
    _ = table.stored(a, in: .spool, now: 0)
    #expect(claim(a, other, now: now) == (isNew ? .first : .conflict))
  }

  @Test("a first that takes longer than the window to be stored is still the first")
  mutating func slow() {
    #expect(claim(a, hello) == .first)
    #expect(claim(a, hello, now: 5000) == .underWay)
  }

  @Test("of a full table the oldest leaves; what is being stored stays, and without room nothing is remembered")
  mutating func full() {
    let keys = (10...14).map(Self.digest)
    for (now, key) in keys.prefix(3).enumerated() { store(key, hello, now: Int64(now)) }
    #expect(claim(keys[3], hello, now: 3) == .first)
    #expect(table.count == 3)
    #expect(claim(keys[1], hello, now: 3) == .duplicate(.spool))
    for key in [keys[0], keys[4]] { #expect(claim(key, hello, now: 3) == .first) }
    #expect(claim(keys[1], hello, now: 3) == .untracked)
    #expect(table.count == 3)
    #expect(table.stored(keys[1], in: .spool, now: 3).isEmpty)
    #expect(table.failed(keys[1]).isEmpty)
    for key in [keys[3], keys[0], keys[4]] { #expect(table.stored(key, in: .spool, now: 3).isEmpty) }
    #expect(claim(keys[4], hello, now: 3) == .duplicate(.spool))
  }

  @Test("what an earlier process has stored is known for the rest of its window")
  mutating func recalled() {
    let event = { SeenEvent(key: $0, content: $1, stored: StoredIn.broker) }
    table.recalled(event(a, hello), at: -1000, now: 0)
    table.recalled(event(b, hello), at: -999, now: 0)
    table.recalled(event(b, other), at: -1, now: 0)
    #expect(table.count == 1)
    #expect(claim(b, hello) == .duplicate(.broker))
    #expect(claim(b, other, now: 1) == .first)
  }

  @Test("a shorter window counts for what is remembered already")
  mutating func shorter() {
    store(a, hello)
    table.window = 10
    #expect(claim(a, hello, now: 10) == .first)
  }
}
