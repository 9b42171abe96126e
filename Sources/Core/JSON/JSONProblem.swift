/// What can be wrong with a JSON text or with one item of a batch: a closed set, fit for a metric label.
package enum JSONProblem: String, Error, Sendable, CaseIterable {
  /// Nothing but white space.
  case empty
  case invalid
  case invalidUTF8 = "invalid_utf8"
  /// A `\uD800`–`\uDFFF` escape that is not half of a pair, at any depth.
  case loneSurrogate = "lone_surrogate"
  case tooDeep = "too_deep"
  case duplicateMember = "duplicate_member"
  case tooManyMembers = "too_many_members"
  /// Well-formed JSON, but neither an object nor, for a whole text, an array.
  case notAnObject = "not_an_object"
  case tooManyItems = "too_many_items"

  /// A sentence for the client.
  package var detail: StaticString {
    switch self {
    case .empty: "There is no JSON text."
    case .invalid: "This is not JSON (RFC 8259)."
    case .invalidUTF8: "The text is not UTF-8."
    case .loneSurrogate: "A \\u escape is half of a surrogate pair."
    case .tooDeep: "Arrays and objects are nested deeper than 32."
    case .duplicateMember: "A member of the event is given twice."
    case .tooManyMembers: "The event has more than 256 members."
    case .notAnObject: "An event is a JSON object."
    case .tooManyItems: "The batch has too many events."
    }
  }
}

/// A refused text: what is wrong, and the offset in bytes where that is known.
package struct JSONFailure: Error, Sendable, Equatable {
  package let problem: JSONProblem
  package let offset: Int?

  package init(_ problem: JSONProblem, offset: Int? = nil) {
    self.problem = problem
    self.offset = offset
  }
}
