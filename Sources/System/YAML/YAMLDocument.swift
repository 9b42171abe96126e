/// One YAML document as a tree.
///
/// At most `maxBytes` of UTF-8, nested at most `maxDepth` deep; one document, no anchors, aliases or tags.
/// Duplicate keys, aliases, tags and keys that are no scalars are collected and reading goes on; a syntax error or
/// a broken limit ends it, and `root` is then `nil`.
package struct YAMLDocument: Sendable, Equatable {
  package static let maxBytes = 1 << 20
  package static let maxDepth = 32

  /// `nil` for an empty text, and after a problem that ended the reading.
  package let root: YAMLNode?
  /// In the order of the text.
  package let problems: [YAMLProblem]

  package init(parsing text: [UInt8]) {
    let start = YAMLPosition(line: 1, column: 1)
    guard text.count <= Self.maxBytes else {
      root = nil
      problems = [YAMLProblem(.tooLarge, at: start, "the text is longer than \(Self.maxBytes) bytes")]
      return
    }
    let reader = YAMLEventReader(text)
    var tree = YAMLTree(maxDepth: Self.maxDepth)
    do {
      while let event = try reader.next() {
        try tree.read(event)
      }
      root = tree.root
      problems = tree.problems
    } catch {
      root = nil
      problems = tree.problems + [error]
    }
  }

  package init(parsing text: String) {
    self.init(parsing: Array(text.utf8))
  }
}
