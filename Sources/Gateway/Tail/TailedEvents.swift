import Core

/// Events of one turn that somebody reads along, as they are sent, until they are durable.
struct TailedEvents {
  private struct Entry {
    let frame: Range<Int>
    /// The event's copies in the batch.
    let rows: Range<Int>
    /// A bit for each of `tails` that wants it.
    let readers: UInt16
  }

  /// Who reads when the turn begins.
  private let tails: [Tail]
  private var bytes: [UInt8] = []
  private var entries: [Entry] = []

  init(_ tails: [Tail]) {
    precondition(tails.count <= UInt16.bitWidth, "each reader has a bit")
    self.tails = tails
  }

  var isEmpty: Bool { entries.isEmpty }

  mutating func add(
    _ event: EventDraft, in text: Span<UInt8>, defaultProgram: Span<UInt8>, rows: Range<Int>, trace: TraceParent?,
    _ encoder: BodyEncoder
  ) {
    var readers: UInt16 = 0
    for (place, tail) in tails.enumerated()
    where tail.filter.matches(event, in: text, defaultProgram: defaultProgram) {
      readers |= 1 << place
    }
    guard readers != 0 else { return }
    let start = bytes.count
    TailFrames.append(event.id, to: &bytes) {
      encoder.appendBody(event, text: text, audience: nil, trace: trace, to: &$0)
    }
    entries.append(Entry(frame: start..<bytes.count, rows: rows, readers: readers))
  }

  /// The batch has its outcome: what is durable, or needs no store, goes to its readers.
  func publish(_ outcome: StoreOutcome) {
    for (place, tail) in tails.enumerated() {
      tail.change { backlog in
        for entry in entries where entry.readers & 1 << place != 0 && outcome.stored(entry.rows) != nil {
          backlog.offered(bytes.span.extracting(entry.frame))
        }
      }
    }
  }

  /// Hands over what was gathered, and starts afresh for the same readers.
  mutating func take() -> TailedEvents? {
    guard !isEmpty else { return nil }
    defer {
      bytes = []
      entries = []
    }
    return self
  }
}
