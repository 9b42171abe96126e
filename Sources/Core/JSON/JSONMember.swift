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
  /// True if `value` can stand between the quotes of a JSON string as it is, because nothing in it needs escaping.
  package let isPlain: Bool

  package init(name: Range<Int>, kind: Kind, value: Range<Int>, isPlain: Bool = false) {
    self.name = name
    self.kind = kind
    self.value = value
    self.isPlain = isPlain
  }
}
