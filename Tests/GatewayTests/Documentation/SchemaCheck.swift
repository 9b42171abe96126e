import Core
import Fakes

/// Checks values against the schemas of a specification: as much of JSON Schema as ours use.
///
/// A keyword that it does not know is a problem of its own, so that no rule is passed over in silence.
struct SchemaCheck {
  private static let annotations: Set<String> = [
    "title", "description", "default", "example", "examples", "x-cut-beyond", "x-cut-mark",
  ]

  let specification: Specification

  /// What breaks `schema` in `value`, each with its place; empty if it is valid.
  func problems(_ value: JSONValue, _ schema: JSONValue, at place: String = "$") throws -> [String] {
    try (schema.object ?? [:]).sorted { $0.key < $1.key }.flatMap { keyword, rule in
      if Self.annotations.contains(keyword) { return [String]() }
      if keyword == "additionalProperties", rule == false { return Self.foreign(value, schema, place) }
      if let found = try composed(value, keyword, rule, place) { return found }
      guard let holds = try holds(value, keyword, rule) else { return ["\(place): unknown keyword \(keyword)"] }
      return holds ? [] : ["\(place): \(keyword)"]
    }
  }

  /// Members that the schema does not name.
  private static func foreign(_ value: JSONValue, _ schema: JSONValue, _ place: String) -> [String] {
    (value.object?.keys.sorted() ?? []).filter { schema["properties"]?[$0] == nil }
      .map { "\(place).\($0): additionalProperties" }
  }

  /// Keywords that apply further schemas; `nil` for another.
  private func composed(
    _ value: JSONValue, _ keyword: String, _ rule: JSONValue, _ place: String
  ) throws -> [String]? {
    func failures(_ schema: JSONValue) throws -> [String] { try problems(value, schema, at: place) }
    switch keyword {
    case "$ref": return try failures(try specification.resolved(["$ref": rule]))
    case "allOf": return try (rule.array ?? []).flatMap(failures)
    case "anyOf":
      let all = try (rule.array ?? []).map(failures)
      return all.contains([]) ? [] : ["\(place): anyOf"] + all.joined()
    case "oneOf":
      let all = try (rule.array ?? []).map(failures)
      return all.count { $0.isEmpty } == 1 ? [] : ["\(place): oneOf"] + all.joined()
    case "items":
      return try (value.array ?? []).enumerated().flatMap { try problems($1, rule, at: "\(place)[\($0)]") }
    case "properties":
      return try (rule.object ?? [:]).sorted { $0.key < $1.key }.flatMap { name, schema in
        try value[name].map { try problems($0, schema, at: "\(place).\(name)") } ?? []
      }
    default: return nil
    }
  }

  /// Whether `value` keeps a simple keyword, which holds for values of other types; `nil` for an unknown one.
  private func holds(_ value: JSONValue, _ keyword: String, _ rule: JSONValue) throws -> Bool? {
    switch keyword {
    case "type": return (rule.array ?? [rule]).contains { Self.isType(value, $0.string) }
    case "enum": return rule.array?.contains(value) == true
    case "const": return value == rule
    case "required": return value.object.map { object in rule.strings.allSatisfy { object[$0] != nil } } ?? true
    case "format": return rule == "date-time" ? value.string.map(Self.isTime) ?? true : nil
    case "pattern": return try value.string.map { try $0.firstMatch(of: Regex(rule.string ?? "")) != nil } ?? true
    case "uniqueItems": return value.array.map { Set($0).count == $0.count } ?? true
    case "minLength", "maxLength":
      return value.string.map { Self.compare($0.unicodeScalars.count, keyword, rule) } ?? true
    case "minItems", "maxItems": return value.array.map { Self.compare($0.count, keyword, rule) } ?? true
    case "maxProperties": return value.object.map { Self.compare($0.count, keyword, rule) } ?? true
    case "minimum", "maximum": return value.number.map { Self.compare($0, keyword, rule.number) } ?? true
    case "exclusiveMaximum": return value.number.map { number in rule.number.map { number < $0 } == true } ?? true
    default: return nil
    }
  }

  private static func compare(_ count: Int, _ keyword: String, _ rule: JSONValue) -> Bool {
    compare(Double(count), keyword, rule.number)
  }

  private static func compare(_ number: Double, _ keyword: String, _ limit: Double?) -> Bool {
    guard let limit else { return false }
    return keyword.hasPrefix("min") ? number >= limit : number <= limit
  }

  private static func isTime(_ text: String) -> Bool {
    if case .milliseconds = Timestamp.parseRFC3339(Array(text.utf8).span) { true } else { false }
  }

  private static func isType(_ value: JSONValue, _ type: String?) -> Bool {
    switch (value, type) {
    case (.null, "null"), (.bool, "boolean"), (.int, "integer"), (.int, "number"), (.double, "number"),
      (.string, "string"), (.array, "array"), (.object, "object"):
      true
    default: false
    }
  }
}

extension JSONValue {
  fileprivate var number: Double? {
    switch self {
    case .int(let value): Double(value)
    case .double(let value): value
    default: nil
    }
  }
}
