/// The rules for the fields of an event (contracts.md §4), with the settings that they depend on.
package struct EventRules: Sendable {
  /// In Unicode scalars.
  package static let maxDefNameScalars = 255
  package static let maxHashScalars = 128
  package static let maxProgramBytes = 64
  /// How many unknown members an answer names, and how much of each name.
  package static let maxIgnoredNames = 32
  package static let maxIgnoredNameScalars = 64

  let limits: Settings.Limits
  let domains: DomainTable
  let defaultDomain: Int

  package init(settings: Settings) {
    limits = settings.limits
    domains = DomainTable(settings.domains.map(\.name))
    defaultDomain = settings.defaultDomain
  }

  /// Checks every field of the object with these members, and finds everything that is wrong with it.
  ///
  /// - Parameters:
  ///   - arrival: Unix milliseconds; the time of an event that gives none.
  ///   - key: the id that the request's `Idempotency-Key` means for this event.
  ///   - isBatchItem: the key is only for an event without an id; otherwise it may not differ from the event's.
  ///   - makeID: called if the client gave no id.
  package func check(
    _ members: Span<JSONMember>, text: Span<UInt8>, arrival: Int64, key: EventID? = nil, isBatchItem: Bool = false,
    makeID: () -> EventID
  ) -> EventVerdict {
    var reading = EventReading(arrival: arrival)
    for index in members.indices {
      reading.read(members[index], text: text, rules: self)
    }
    reading.finish(key: key, isBatchItem: isBatchItem, rules: self)
    guard reading.problems.isEmpty else { return .invalid(reading.problems) }
    if !reading.draft.hasClientID { reading.draft.id = makeID() }
    return .valid(reading.draft)
  }
}

/// What the rules say of an event.
package enum EventVerdict: Sendable {
  case valid(EventDraft)
  /// Every bad field; never empty.
  case invalid([FieldProblem])
}
