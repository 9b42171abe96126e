/// The answers of one connection, which leave in the order of their requests (RFC 9112 §9.3.2).
///
/// An answer that is its connection's oldest goes straight into the output; only a later one that is ready before its turn is kept.
struct AnswerQueue {
  private enum Slot {
    case waiting
    case ready([UInt8])
  }

  private var slots: [Slot] = []
  /// The number of the first slot.
  private var first: UInt64 = 0

  /// How many answers have not left yet.
  var count: Int { slots.count }

  /// Promises an answer.
  mutating func promise() -> AnswerPlace {
    slots.append(.waiting)
    return AnswerPlace(number: first + UInt64(slots.count - 1))
  }

  /// Writes the answer of `place`, and those behind it that were ready, to `output`, or keeps it until its turn.
  mutating func fulfil(_ place: AnswerPlace, output: inout [UInt8], _ write: (inout [UInt8]) -> Void) {
    guard place.number == first else {
      var bytes: [UInt8] = []
      write(&bytes)
      slots[Int(place.number - first)] = .ready(bytes)
      return
    }
    write(&output)
    slots.removeFirst()
    first += 1
    while case .ready(let bytes)? = slots.first {
      output += bytes
      slots.removeFirst()
      first += 1
    }
  }

  /// Answers at once, behind whatever is still promised.
  mutating func answer(output: inout [UInt8], _ write: (inout [UInt8]) -> Void) {
    guard !slots.isEmpty else { return write(&output) }
    var bytes: [UInt8] = []
    write(&bytes)
    slots.append(.ready(bytes))
  }
}
