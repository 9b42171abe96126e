import Core

/// An event as the rules see it, written as a list of members instead of JSON.
struct EventSample {
  enum Value {
    case text(String)
    case json(JSONMember.Kind, String)
  }

  static let valid: [(String, Value)] = [
    ("level", .json(.number, "1")), ("def_name", .text("user_login")), ("message", .text("用戶登入成功")),
  ]

  private(set) var members: [JSONMember] = []
  private(set) var text: [UInt8] = []

  /// The valid event with `changes`; a name that it has already is replaced.
  init(_ changes: [(String, Value)] = []) {
    let kept = Self.valid.filter { member in !changes.contains { $0.0 == member.0 } }
    for (name, value) in kept + changes {
      let nameRange = put(name)
      switch value {
      case .text(let string):
        let isPlain = string.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        members.append(JSONMember(name: nameRange, kind: .string, value: put(string), isPlain: isPlain))
      case .json(let kind, let json):
        members.append(JSONMember(name: nameRange, kind: kind, value: put(json)))
      }
    }
  }

  private mutating func put(_ string: String) -> Range<Int> {
    let start = text.count
    text.append(string.utf8.span)
    return start..<text.count
  }

  static var settings: Settings {
    var settings = Settings()
    settings.domains = ["localhost", "example.com", "b.example.com"].map { Settings.Domain(name: $0) }
    settings.limits.message = 12
    settings.limits.extraInfo = 10
    return settings
  }

  static let arrival: Int64 = 1_736_908_200_000
  static let madeID = EventID.uuidV7(milliseconds: arrival, random: (1, 2))

  func check(
    settings: Settings = EventSample.settings, key: EventID? = nil, isBatchItem: Bool = false
  ) -> EventVerdict {
    EventRules(settings: settings).check(
      members.span, text: text.span, arrival: Self.arrival, key: key, isBatchItem: isBatchItem, makeID: { Self.madeID })
  }

  /// The draft; `nil` if the event is refused.
  func draft(settings: Settings = EventSample.settings, key: EventID? = nil, isBatchItem: Bool = false) -> EventDraft? {
    if case .valid(let draft) = check(settings: settings, key: key, isBatchItem: isBatchItem) { draft } else { nil }
  }

  /// The bad fields with their codes; empty if the event is valid.
  func problems(key: EventID? = nil, isBatchItem: Bool = false) -> [Problem] {
    guard case .invalid(let problems) = check(key: key, isBatchItem: isBatchItem) else { return [] }
    return problems.map { Problem($0.field, $0.code) }
  }

  struct Problem: Equatable, Sendable {
    let field: EventField
    let code: FieldProblem.Code

    init(_ field: EventField, _ code: FieldProblem.Code) {
      self.field = field
      self.code = code
    }
  }

  func string(_ range: Range<Int>) -> String { String(text: text.span.extracting(range)) }
}
