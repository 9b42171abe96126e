import Fakes
import Foundation
import YAML

/// `openapi.yaml` or `asyncapi.yaml`, as its tests read it.
struct Specification {
  enum Failure: Error {
    case unreadable(String)
    case dangling(String)
  }

  static let openAPI = "openapi.yaml"
  static let asyncAPI = "asyncapi.yaml"

  let root: JSONValue

  /// `name` is a file at the top of the repository.
  init(_ name: String) throws {
    try self.init(parsing: try Self.text(name))
  }

  static func text(_ name: String) throws -> String {
    let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return try String(contentsOf: top.appending(path: name), encoding: .utf8)
  }

  init(parsing text: String) throws {
    let document = YAMLDocument(parsing: text)
    guard document.problems.isEmpty, let root = document.root else {
      throw Failure.unreadable("\(document.problems.map { "\($0.position.line): \($0.description)" })")
    }
    self.root = JSONValue(root)
  }

  /// The value at `path`, `components/schemas/Event`, with references followed on the way and at its end.
  subscript(_ path: String) -> JSONValue {
    get throws {
      var value = root
      for name in path.split(separator: "/") {
        let name = name.replacing("~1", with: "/").replacing("~0", with: "~")
        guard let member = try resolved(value)[String(name)] else { throw Failure.dangling(path) }
        value = member
      }
      return try resolved(value)
    }
  }

  /// What `value` refers to, or itself.
  func resolved(_ value: JSONValue) throws -> JSONValue {
    guard let reference = value["$ref"]?.string else { return value }
    guard reference.hasPrefix("#/") else { throw Failure.dangling(reference) }
    return try self[String(reference.dropFirst(2))]
  }

  /// Every example of a media type or message, with its name.
  func examples(in value: JSONValue) -> [String: JSONValue] {
    var found = value["examples"]?.object?.compactMapValues { $0["value"] } ?? [:]
    if let example = value["example"] { found["example"] = example }
    for example in value["examples"]?.array ?? [] { found[example["name"]?.string ?? ""] = example["payload"] }
    return found
  }
}

extension JSONValue {
  /// A YAML value read by the core schema of YAML 1.2.
  init(_ node: YAMLNode) {
    switch node.content {
    case .scalar(let text, isQuoted: true): self = .string(text)
    case .scalar(let text, isQuoted: false):
      switch text {
      case "", "~", "null": self = .null
      case "true", "false": self = .bool(text == "true")
      default: self = Int(text).map { .int($0) } ?? Double(text).map { .double($0) } ?? .string(text)
      }
    case .sequence(let items): self = .array(items.map(JSONValue.init))
    case .mapping(let members):
      self = .object(Dictionary(members.map { ($0.key, JSONValue($0.value)) }) { first, _ in first })
    }
  }

  /// An array's strings, in its order.
  var strings: [String] { array?.compactMap(\.string) ?? [] }
}
