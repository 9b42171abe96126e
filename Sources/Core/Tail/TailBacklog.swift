/// What one reader of `GET /api/tail` has not been sent yet: bounded, since a slow one must not cost the others anything.
///
/// What does not fit is counted, and so is everything after it until the reader has taken what waits: it is told where
/// something is missing, and how much.
package struct TailBacklog: Sendable {
  /// Bytes of events that wait for the reader.
  package static let maxBytes = 256 << 10

  private var bytes: [UInt8] = []
  private var dropped = 0
  /// The reader has found nothing and waits to be called.
  private var isWaiting = false
  private var hasEnded = false

  package init() {}

  /// An event came, whole as it is sent. Nothing is kept after the end.
  package mutating func offered(_ frame: Span<UInt8>) {
    guard !hasEnded else { return }
    guard dropped == 0, bytes.count + frame.count <= Self.maxBytes else {
      dropped += 1
      return
    }
    bytes.append(frame)
  }

  /// No more events come.
  package mutating func ended() { hasEnded = true }

  /// True once for a reader that waits, if there is something for it.
  package mutating func calls() -> Bool {
    guard isWaiting, !bytes.isEmpty || dropped > 0 || hasEnded else { return false }
    isWaiting = false
    return true
  }

  /// The reader takes all that waits; with nothing there it is called when there is.
  package mutating func taken() -> (bytes: [UInt8], isLast: Bool) {
    var taken = bytes
    bytes = []
    if dropped > 0 { TailFrames.append(dropped: dropped, to: &taken) }
    dropped = 0
    if hasEnded { taken.append(TailFrames.end) }
    isWaiting = taken.isEmpty
    return (taken, hasEnded)
  }
}
