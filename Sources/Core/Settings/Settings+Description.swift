extension Settings {
  /// The effective settings as a YAML text that could be a configuration file, but for its secrets, which are `***`.
  ///
  /// Keys stand in the order of the documentation. Passwords inside URLs are hidden too.
  package func describe() -> String {
    let tree = SettingsText.tree(SettingsTable.rows.map { ($0.path, $0.encode(self)) })
    return tree.block(indentation: 0)
  }
}

extension SettingsText {
  /// The members of a map, one a line; lists of maps in YAML's block style, everything else in its flow style.
  fileprivate func block(indentation: Int) -> String {
    guard case .map(let members) = self else { return "" }
    let margin = String(repeating: " ", count: indentation)
    return members.map { name, value in
      let start = "\(margin)\(SettingsText.scalar(name)):"
      switch value {
      case .map(let inner) where !inner.isEmpty: return "\(start)\n\(value.block(indentation: indentation + 2))"
      case .list(let items) where items.contains(where: \.isMap):
        return "\(start)\n" + items.map { "\(margin)  - \($0.yaml)\n" }.joined()
      default: return "\(start) \(value.yaml)\n"
      }
    }.joined()
  }

  private var isMap: Bool {
    if case .map = self { true } else { false }
  }
}
