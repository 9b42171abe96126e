import Synchronization

/// The lines that wait for standard output: bounded in bytes, filled from any thread, emptied by the console's.
final class ConsoleBacklog: Sendable {
  /// What the console's thread does next.
  enum Turn: Sendable, Equatable {
    case write([UInt8])
    /// Nothing waits; the next `add` wakes the thread.
    case sleep
    /// Nothing waits and nothing more will come.
    case end
  }

  private struct State: Sendable {
    var pieces: [[UInt8]] = []
    /// Waiting and in the thread's hands.
    var bytes = 0
    var isAsleep = false
    var isClosed = false
  }

  private let capacity: Int
  private let state = Mutex(State())
  private let droppedLines = Atomic<Int>(0)

  init(capacity: Int) {
    self.capacity = capacity
  }

  var dropped: Int { droppedLines.load(ordering: .relaxed) }

  /// Adds the whole lines that fit and drops the rest. True if the thread has to be woken.
  func add(_ lines: consuming [UInt8]) -> Bool {
    var lines = lines
    let (surplus, mustWake) = state.withLock { state -> (Int, Bool) in
      var surplus = 0
      let room = state.isClosed ? 0 : capacity - state.bytes
      if lines.count > room {
        let end = lines.endOfLine(within: room)
        surplus = lines[end...].lines
        lines.removeSubrange(end...)
      }
      guard !lines.isEmpty else { return (surplus, false) }
      state.bytes += lines.count
      state.pieces.append(lines)
      defer { state.isAsleep = false }
      return (surplus, state.isAsleep)
    }
    drop(lines: surplus)
    return mustWake
  }

  func next() -> Turn {
    state.withLock { state in
      guard !state.pieces.isEmpty else {
        state.isAsleep = !state.isClosed
        return state.isClosed ? .end : .sleep
      }
      defer { state.pieces = [] }
      guard state.pieces.count > 1 else { return .write(state.pieces[0]) }
      var lines: [UInt8] = []
      lines.reserveCapacity(state.pieces.reduce(0) { $0 + $1.count })
      for piece in state.pieces { lines += piece }
      return .write(lines)
    }
  }

  /// `bytes` of what `next` gave are out of our hands, written or dropped.
  func release(bytes: Int) {
    state.withLock { $0.bytes -= bytes }
  }

  func drop(lines: Int) {
    if lines > 0 { droppedLines.add(lines, ordering: .relaxed) }
  }

  /// Takes no further lines; what waits is still given out.
  func close() {
    state.withLock { $0.isClosed = true }
  }
}

extension [UInt8] {
  /// Where the last line that ends within the first `limit` bytes ends; 0 if none does.
  func endOfLine(within limit: Int) -> Int {
    (self[..<Swift.min(Swift.max(limit, 0), count)].lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
  }
}

extension ArraySlice<UInt8> {
  /// The number of line feeds.
  var lines: Int { reduce(0) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) } }
}
