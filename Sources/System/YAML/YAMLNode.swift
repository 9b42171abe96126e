/// One value of a YAML document and where it stands.
package struct YAMLNode: Sendable, Equatable {
  package let position: YAMLPosition
  package let content: Content

  package enum Content: Sendable, Equatable {
    /// Text as written between the quotes, or plain; what a plain word means is the reader's business.
    case scalar(String, isQuoted: Bool)
    case sequence([YAMLNode])
    /// In the order of the document; of a key given twice only the first stands here.
    case mapping([YAMLMember])
  }

  package init(position: YAMLPosition, content: Content) {
    self.position = position
    self.content = content
  }
}

/// A key of a mapping with its value.
package struct YAMLMember: Sendable, Equatable {
  package let key: String
  /// Where the key stands.
  package let position: YAMLPosition
  package let value: YAMLNode

  package init(key: String, position: YAMLPosition, value: YAMLNode) {
    self.key = key
    self.position = position
    self.value = value
  }
}

/// A place in a text: line and column, both from 1, columns in characters.
package struct YAMLPosition: Sendable, Hashable {
  package let line: Int
  package let column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }
}
