/// One member of a JSON object as a reader found it; ranges lie in the reader's text.
package struct JSONMember: Sendable, Equatable {
  package enum Kind: UInt8, Sendable {
    case null, bool, number, string, array, object
  }

  /// The unescaped name.
  package let name: Range<Int>
  package let kind: Kind
  /// A string's unescaped UTF-8; for every other kind its compact JSON text, numbers as they were written.
  package let value: Range<Int>

  package init(name: Range<Int>, kind: Kind, value: Range<Int>) {
    self.name = name
    self.kind = kind
    self.value = value
  }
}
