import Core
import Fakes
import JSON
import Testing

/// The schemas take what the rules take, and refuse what they refuse.
@Suite struct EventAgreementTests {
  private static func long(_ count: Int) -> String { "\"\(String(repeating: "用", count: count))\"" }
  private static func letters(_ count: Int) -> String { "\"\(String(repeating: "a", count: count))\"" }

  /// Values of one member of an event that is valid but for it. What no schema can say is left out: which domains there are,
  /// and that `9.0` is no level.
  private static let members: [(name: String, values: [String])] = [
    (
      "level",
      [
        "0", "1", "9", "11", "91", "99", "2", "-1", "256", "1.5", "\"Debug\"", "\"iNfO\"", "\"ERROR\"", "\"info_ctg\"",
        "\"Error_CTG\"", "\"monitor\"", "\"debug_ctg\"", "\"warn\"", "\"9\"", "\"\"", "true", "[1]", "null",
      ]
    ),
    ("def_name", ["\"\"", "\"f\"", long(255), long(256), "1", "null"]),
    ("message", ["\"\"", "\"m\"", long(20_000), "1", "{}", "null"]),
    ("extra_info", ["\"\"", long(20_000), "1", "12345678901234567890", "true", "null", "{\"a\":[1]}", "[]"]),
    ("hash_value", ["\"\"", long(128), long(129), "1", "null"]),
    (
      "program_name",
      [
        "\"a\"", "\"-\"", "\"_\"", "\"A.z_0-9\"", "\".a\"", "\"\"", letters(64), letters(65), "\"a b\"", "\"a/b\"",
        "\"a:b\"", "\"程式\"", "1", "null",
      ]
    ),
    ("domain", ["\"localhost\"", "1", "null", "[]"]),
    (
      "timestamp",
      [
        "\"2025-01-15T10:30:00+08:00\"", "\"2025-01-15T02:30:00.123Z\"", "\"2025-01-15T10:30:00\"", "\"today\"",
        "\"0\"",
        "0", "1736908200.25", "-1", "253402300799", "253402300800", "true", "null",
      ]
    ),
    ("id", ["\"a\"", "\"order:1\"", letters(64), letters(65), "\"\"", "\"a b\"", "\"a/b\"", "\"用\"", "5", "null"]),
    ("anything", ["1", "null", "{\"level\":1}"]),
  ]

  @Test("of an event", arguments: members.map(\.name))
  func events(_ name: String) throws {
    let document = try Specification(Specification.openAPI)
    let schema = try document["components/schemas/Event"]
    let rules = EventRules(settings: Settings())
    let reader = JSONReader()
    var verdicts: Set<Bool> = []
    for value in try #require(Self.members.first { $0.name == name }).values {
      var members = ["level": "1", "def_name": "\"f\"", "message": "\"m\""]
      members[name] = value
      let text = "{\(members.map { "\"\($0)\":\($1)" }.joined(separator: ","))}"
      guard reader.read(Array(text.utf8).span, as: .value) == .object else { throw Unread(text: text) }
      let isTaken = reader.withItem(0) { members, text in
        if case .valid = rules.check(
          members, text: text, arrival: 0, makeID: { .uuidV7(milliseconds: 0, random: (0, 0)) })
        {
          true
        } else {
          false
        }
      }
      let event = try #require(JSONValue(parsing: Array(text.utf8)))
      let problems = try SchemaCheck(specification: document).problems(event, schema)
      #expect(problems.isEmpty == isTaken, "\(text.prefix(120)) \(problems)")
      verdicts.insert(isTaken)
    }
    #expect(verdicts.contains(true))
  }

  @Test(
    "of an older producer's message",
    arguments: [
      #"{"level":9,"def_name":"f"}"#, #"{"level":"9","message":"m"}"#, #"{"level":"error","message":""}"#,
      #"{"level":91,"def_name":1,"extra_info":{"a":[1]},"timestamp":"2025-01-15 10:30:00","other":true}"#,
      #"{"level":9,"message":"m","target":"developer"}"#, #"{"level":9,"message":"m","target":"customer"}"#,
      #"{"level":9,"message":"m","target":null}"#, #"{"level":9,"message":"m","target":"boss"}"#,
      #"{"level":9,"message":"m","target":1}"#, #"{"level":9}"#, #"{"level":9,"extra_info":"x"}"#,
      #"{"level":2,"message":"m"}"#, #"{"level":"warn","message":"m"}"#, #"{"level":true,"message":"m"}"#,
      #"{"level":null,"message":"m"}"#, #"{"message":"m"}"#, "{}",
    ])
  func older(_ text: String) throws {
    let document = try Specification(Specification.asyncAPI)
    let body = try #require(JSONValue(parsing: Array(text.utf8)))
    let problems = try SchemaCheck(specification: document).problems(
      body, try document["components/schemas/OlderEvent"])
    #expect(problems.isEmpty == (StoredEvent(reading: body) != nil), "\(problems)")
  }

  private struct Unread: Error {
    let text: String
  }
}

extension StoredEvent {
  /// As a worker reads a message; `nil` for what becomes a dead letter.
  init?(reading body: JSONValue) {
    let reader = JSONReader()
    guard reader.read(body.bytes.span, as: .value) == .object,
      let event = reader.withItem(0, { members, text in StoredEvent(members, text: text) })
    else { return nil }
    self = event
  }
}
