/// One bad field of an event.
package struct FieldProblem: Sendable, Equatable {
  /// Which rule is broken: a closed set; raw values are `code` in answers.
  package enum Code: String, Sendable, CaseIterable {
    /// Missing, or `null`.
    case required
    /// Another JSON type than the field's.
    case type
    /// A number or time outside what is valid.
    case range
    /// Too short or too long.
    case length
    /// A character that the field may not hold.
    case charset
    /// Not written as such a value is.
    case format
    case unknownDomain = "unknown_domain"
    /// The `id` member and the `Idempotency-Key` header differ.
    case conflict
  }

  package let field: EventField
  package let code: Code
  /// A sentence for the client. It never repeats what the client sent.
  package let detail: String

  package init(_ field: EventField, _ code: Code, _ detail: String) {
    self.field = field
    self.code = code
    self.detail = detail
  }

  /// An `Idempotency-Key` header from which no id can be made.
  package static let idempotencyKey = FieldProblem(
    .idempotencyKey, .charset,
    "Idempotency-Key must be 1 to 64 of A-Z, a-z, 0-9, '.', '_', ':' and '-'; at most 57 for a batch.")
}

extension Problem.FieldError {
  package init(_ problem: FieldProblem) {
    self.init(field: problem.field.rawValue, code: problem.code.rawValue, detail: problem.detail)
  }
}

extension Problem {
  /// The 422 for an event with bad fields.
  package init(invalidEvent problems: [FieldProblem]) {
    let fields = problems.map(\.field.rawValue).joined(separator: ", ")
    self.init(.invalidEvent, detail: "Bad fields: \(fields).", errors: problems.map(FieldError.init))
  }

  /// The refusal of a text or an item that is no event at all.
  package init(_ problem: JSONProblem) {
    self.init(problem == .notAnObject ? .invalidEvent : .malformedBody, detail: "\(problem.detail)")
  }
}
