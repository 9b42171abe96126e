/// One event while its members are read one after another.
struct EventReading {
  var draft: EventDraft
  private(set) var problems: [FieldProblem] = []
  private var hasLevel = false
  private var hasDefName = false
  private var hasMessage = false

  init(arrival: Int64) {
    draft = EventDraft(timestamp: arrival, id: EventID())
    draft.domain = -1
  }

  /// Takes one member. `null` is the same as absent.
  mutating func read(_ member: JSONMember, text: Span<UInt8>, rules: EventRules) {
    guard let field = EventField(memberName: text.extracting(member.name)) else {
      return ignore(member.name, text: text)
    }
    if member.kind == .null { return }
    let value = text.extracting(member.value)
    switch field {
    case .level: readLevel(member.kind, value)
    case .defName: readDefName(member, value)
    case .message: readMessage(member, value, limit: rules.limits.message)
    case .extraInfo: draft.extraInfo = cut(member, value, limit: rules.limits.extraInfo)
    case .hashValue: readHash(member, value)
    case .programName: readProgram(member, value)
    case .domain: readDomain(member.kind, value, rules.domains)
    case .timestamp: readTimestamp(member.kind, value)
    case .id: readID(member.kind, value)
    case .idempotencyKey: break
    }
  }

  /// Looks for what is missing, once every member was read.
  mutating func finish(key: EventID?, isBatchItem: Bool, rules: EventRules) {
    if !hasLevel { report(.level, .required, "level is required.") }
    if !hasDefName { report(.defName, .required, "def_name is required.") }
    if !hasMessage { report(.message, .required, "message is required; it may be empty.") }
    if draft.domain < 0 { draft.domain = rules.defaultDomain }
    guard let key else { return }
    if !draft.hasClientID {
      draft.id = key
      draft.hasClientID = true
    } else if !isBatchItem, key != draft.id {
      report(.id, .conflict, "id and Idempotency-Key differ; send one of them, or the same in both.")
    }
  }

  mutating func report(_ field: EventField, _ code: FieldProblem.Code, _ detail: String) {
    problems.append(FieldProblem(field, code, detail))
  }

  private mutating func ignore(_ name: Range<Int>, text: Span<UInt8>) {
    guard draft.ignored.count < EventRules.maxIgnoredNames else { return }
    let kept = text.extracting(name).prefixLength(scalars: EventRules.maxIgnoredNameScalars)
    draft.ignored.append(name.lowerBound..<name.lowerBound + kept)
  }

  /// True for a string; otherwise the field's type is reported.
  private mutating func isString(_ kind: JSONMember.Kind, _ field: EventField) -> Bool {
    if kind == .string { return true }
    report(field, .type, "\(field.rawValue) must be a string.")
    return false
  }

  private func cut(_ member: JSONMember, _ value: Span<UInt8>, limit: Int) -> EventDraft.Text {
    let kept = value.prefixLength(scalars: limit)
    let start = member.value.lowerBound
    return EventDraft.Text(range: start..<start + kept, isPlain: member.isPlain, isCut: kept < value.count)
  }
}

// MARK: - The fields

extension EventReading {
  private mutating func readLevel(_ kind: JSONMember.Kind, _ value: Span<UInt8>) {
    hasLevel = true
    let level: Level? =
      switch kind {
      case .number: Level(number: value)
      case .string: Level(name: value)
      default: nil
      }
    if let level {
      draft.level = level
    } else if kind == .string || kind == .number && value.isInteger {
      report(
        .level, .range, "level must be 0, 1, 9, 11, 91 or 99, or Debug, Info, Error, Info_CTG, Error_CTG or Monitor.")
    } else {
      report(.level, .type, "level must be an integer or a level's name.")
    }
  }

  private mutating func readDefName(_ member: JSONMember, _ value: Span<UInt8>) {
    hasDefName = true
    guard isString(member.kind, .defName) else { return }
    let limit = EventRules.maxDefNameScalars
    if value.count == 0 || value.prefixLength(scalars: limit) < value.count {
      report(.defName, .length, "def_name must have 1 to \(limit) characters.")
    }
    draft.defName = EventDraft.Text(range: member.value, isPlain: member.isPlain)
  }

  private mutating func readMessage(_ member: JSONMember, _ value: Span<UInt8>, limit: Int) {
    hasMessage = true
    guard isString(member.kind, .message) else { return }
    draft.message = cut(member, value, limit: limit)
  }

  private mutating func readHash(_ member: JSONMember, _ value: Span<UInt8>) {
    guard isString(member.kind, .hashValue) else { return }
    let limit = EventRules.maxHashScalars
    if value.prefixLength(scalars: limit) < value.count {
      report(.hashValue, .length, "hash_value must have at most \(limit) characters.")
    }
    draft.hashValue = EventDraft.Text(range: member.value, isPlain: member.isPlain)
  }

  private mutating func readProgram(_ member: JSONMember, _ value: Span<UInt8>) {
    guard isString(member.kind, .programName) else { return }
    let limit = EventRules.maxProgramBytes
    guard (1...limit).contains(value.count) else {
      return report(.programName, .length, "program_name must have 1 to \(limit) characters.")
    }
    var isValid = value[0] != UInt8(ascii: ".")
    for index in value.indices where !value[index].isNameByte { isValid = false }
    guard isValid else {
      return report(
        .programName, .charset, "program_name may hold A-Z, a-z, 0-9, '.', '_' and '-', and not start with '.'.")
    }
    draft.program = member.value
  }

  private mutating func readDomain(_ kind: JSONMember.Kind, _ value: Span<UInt8>, _ domains: DomainTable) {
    guard isString(kind, .domain) else { return }
    guard let place = domains.place(of: value) else {
      return report(.domain, .unknownDomain, "domain is not one of those configured.")
    }
    draft.domain = place
  }

  private mutating func readTimestamp(_ kind: JSONMember.Kind, _ value: Span<UInt8>) {
    let reading: Timestamp.Reading
    switch kind {
    case .string: reading = Timestamp.parseRFC3339(value)
    case .number: reading = Timestamp.parseUnixSeconds(value)
    default: return report(.timestamp, .type, "timestamp must be an RFC 3339 string or a number of seconds since 1970.")
    }
    switch reading {
    case .milliseconds(let milliseconds): draft.timestamp = milliseconds
    case .outOfRange:
      report(.timestamp, .range, "timestamp must lie in the years 1970 to 9999; a number counts seconds.")
    case .malformed:
      report(.timestamp, .format, "timestamp must be written like 2025-01-15T10:30:00+08:00 (RFC 3339).")
    }
  }

  private mutating func readID(_ kind: JSONMember.Kind, _ value: Span<UInt8>) {
    guard isString(kind, .id) else { return }
    guard (1...EventID.maxLength).contains(value.count) else {
      return report(.id, .length, "id must have 1 to \(EventID.maxLength) characters.")
    }
    guard let id = EventID(value) else {
      return report(.id, .charset, "id may hold A-Z, a-z, 0-9, '.', '_', ':' and '-'.")
    }
    draft.id = id
    draft.hasClientID = true
  }
}

extension Span<UInt8> {
  /// True for the text of a JSON number without fraction and exponent.
  fileprivate var isInteger: Bool {
    for index in indices where self[index].asciiDigit == nil && self[index] != UInt8(ascii: "-") { return false }
    return true
  }
}
