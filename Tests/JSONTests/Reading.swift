import Core
import JSON

/// A member as text.
struct Member: Equatable {
  let name: String
  let kind: JSONMember.Kind
  let value: String

  init(_ name: String, _ kind: JSONMember.Kind, _ value: String) {
    self.name = name
    self.kind = kind
    self.value = value
  }
}

/// Everything that a fresh reader makes of a body.
struct Reading {
  let outcome: JSONReader.Outcome
  private(set) var items: [[Member]] = []
  let problems: [JSONProblem?]
  /// The part of the body that each item was read from.
  let sources: [String]

  init(_ body: String, as form: JSONReader.Form = .value, maxItems: Int = 10_000) {
    self.init(bytes: Array(body.utf8), as: form, maxItems: maxItems)
  }

  init(bytes: [UInt8], as form: JSONReader.Form = .value, maxItems: Int = 10_000) {
    let reader = JSONReader(maxItems: maxItems)
    outcome = reader.read(bytes.span, as: form)
    problems = reader.items.map(\.problem)
    sources = reader.items.map { String(decoding: bytes[$0.source], as: UTF8.self) }
    for index in reader.items.indices {
      reader.withItem(index) { members, text in
        var item: [Member] = []
        for index in members.indices {
          let member = members[index]
          item.append(
            Member(
              String(text: text.extracting(member.name)), member.kind, String(text: text.extracting(member.value))))
        }
        items.append(item)
      }
    }
  }

  /// Why the whole text is refused; `nil` if it is not.
  var failure: JSONProblem? {
    if case .refused(let failure) = outcome { failure.problem } else { nil }
  }
}
