/// The members of an event that a client sends (contracts.md §4), and the header that stands for one.
package enum EventField: String, Sendable, CaseIterable {
  case level
  case defName = "def_name"
  case message
  case extraInfo = "extra_info"
  case hashValue = "hash_value"
  case programName = "program_name"
  case domain
  case timestamp
  case id
  case idempotencyKey = "Idempotency-Key"

  /// The field that a member's name means; `nil` for a name that is none of ours.
  init?(memberName name: Span<UInt8>) {
    let candidate: EventField
    switch name.count {
    case 2: candidate = .id
    case 5: candidate = .level
    case 6: candidate = .domain
    case 7: candidate = .message
    case 8: candidate = .defName
    case 9: candidate = .timestamp
    case 10: candidate = name[0] == UInt8(ascii: "e") ? .extraInfo : .hashValue
    case 12: candidate = .programName
    default: return nil
    }
    guard name.isEqual(to: candidate.rawValue) else { return nil }
    self = candidate
  }
}
