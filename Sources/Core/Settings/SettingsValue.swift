/// A value as it was written, before it has a type: the neutral tree that files, variables and flags are read into.
package struct SettingsValue: Sendable, Hashable {
  package let origin: SettingsOrigin
  package let content: Content

  package enum Content: Sendable, Hashable {
    /// Nothing, `~` or `null`: the same as leaving the key out.
    case null
    /// A plain scalar may be a number or a word such as `none`; a quoted one is text.
    case scalar(String, isPlain: Bool)
    case list([SettingsValue])
    case map([SettingsMember])
  }

  package init(_ origin: SettingsOrigin, _ content: Content) {
    self.origin = origin
    self.content = content
  }

  /// A plain scalar, or null where the text is YAML's way to say nothing.
  package static func plain(_ text: String, _ origin: SettingsOrigin) -> SettingsValue {
    switch text {
    case "", "~", "null", "Null", "NULL": SettingsValue(origin, .null)
    default: SettingsValue(origin, .scalar(text, isPlain: true))
    }
  }

  package var isNull: Bool { content == .null }

  /// True for the plain or quoted word, whatever its case.
  func isWord(_ word: String) -> Bool {
    guard case .scalar(let text, _) = content else { return false }
    return text.lowercased() == word
  }

  /// What it is, for the sentence "… is expected, not …".
  var kindName: String {
    switch content {
    case .null: "nothing"
    case .scalar: "a single value"
    case .list: "a list"
    case .map: "a block of keys"
    }
  }
}

/// A key of a map with its value; `origin` is the key's place.
package struct SettingsMember: Sendable, Hashable {
  package let name: String
  package let origin: SettingsOrigin
  package let value: SettingsValue

  package init(name: String, origin: SettingsOrigin, value: SettingsValue) {
    self.name = name
    self.origin = origin
    self.value = value
  }
}
