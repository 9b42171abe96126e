/// What is wrong with a YAML text, and where.
package struct YAMLProblem: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: Sendable, CaseIterable {
    /// Not YAML, or not UTF-8.
    case syntax
    /// A key that its mapping has already.
    case duplicateKey
    /// Anchors and aliases are not read: a small file could unfold to a huge one.
    case alias
    /// Explicit types such as `!!int`.
    case tag
    /// A key that is not a scalar.
    case complexKey
    case tooDeep
    case tooLarge
    /// More than one document in the text.
    case severalDocuments
  }

  package let code: Code
  package let position: YAMLPosition
  /// A sentence part, lower case, without the place.
  package let description: String

  package init(_ code: Code, at position: YAMLPosition, _ description: String) {
    self.code = code
    self.position = position
    self.description = description
  }
}
