extension [UInt8] {
  /// Appends the whole document, `application/problem+json`.
  package mutating func append(_ problem: Problem) {
    append("{")
    append(membersOf: problem)
    append("}")
  }

  /// Appends the members without braces, for an object that says more: a batch's item with its `index`.
  package mutating func append(membersOf problem: Problem) {
    append(membersOf: problem.kind, detail: problem.detail.utf8.span)
    if problem.errors.isEmpty { return }
    append(#","errors":["#)
    var isFirst = true
    for error in problem.errors {
      append(isFirst ? #"{"field":""# : #",{"field":""#)
      appendJSONEscaped(error.field.utf8.span)
      append(#"","code":""#)
      appendJSONEscaped(error.code.utf8.span)
      append(#"","detail":""#)
      appendJSONEscaped(error.detail.utf8.span)
      append(#""}"#)
      isFirst = false
    }
    append("]")
  }

  /// Appends a document with a fixed sentence, without an allocation of its own.
  package mutating func append(problem kind: Problem.Kind, detail: StaticString) {
    append("{")
    append(headOf: kind)
    append(#""detail":""#)
    append(detail)
    append(#""}"#)
  }

  private mutating func append(membersOf kind: Problem.Kind, detail: Span<UInt8>) {
    append(headOf: kind)
    append(#""detail":""#)
    appendJSONEscaped(detail)
    append(#"""#)
  }

  private mutating func append(headOf kind: Problem.Kind) {
    append(#""type":"urn:beacongate:problem:"#)
    append(kind.rawValue.utf8.span)
    append(#"","title":""#)
    append(kind.title)
    append(#"","status":"#)
    append(decimal: Int(kind.status.rawValue))
    append(",")
  }
}
