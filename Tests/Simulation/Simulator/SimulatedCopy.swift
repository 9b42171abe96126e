import Core

/// One copy of an event that a client sent: where it goes, and how its sink takes it.
struct SimulatedCopy: Sendable {
  enum Fate: Sendable {
    /// Taken, once the sink works.
    case good
    /// Answered with a failure always: buried after its last attempt.
    case failing
    /// Answered with a 400 always: buried at once.
    case refused
  }

  /// Its place in the ledger.
  let number: Int
  let queue: Int
  let lane: LaneID
  let kind: LaneKind
  let fate: Fate
  /// Copies of one group are counted together; `nil`: it is never grouped or packed.
  let group: Int?
  /// Stands for the body's bytes.
  let digest: UInt64

  var messageID: String { "m\(number)" }
}
