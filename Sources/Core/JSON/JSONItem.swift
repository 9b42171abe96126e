/// One object of a JSON text: the text itself, an element of an array or a line of NDJSON.
package struct JSONItem: Sendable, Equatable {
  /// The item's members, in the reader's `members`; empty if there is a problem.
  package let members: Range<Int>
  /// Where the item stood in the body as it was given.
  package let source: Range<Int>
  /// Why this item alone is refused; `nil` if it is an object with distinct members.
  package let problem: JSONProblem?

  package init(members: Range<Int>, source: Range<Int>, problem: JSONProblem? = nil) {
    self.members = members
    self.source = source
    self.problem = problem
  }
}
