/// One row of the configuration: a key, its type and default, what it means, and how it is read and shown.
///
/// `Root` is what the key is a member of: the settings, or a block that a domain may override.
package struct SettingsKey<Root: Sendable>: Sendable {
  /// The dotted path: `http.listen`.
  package let path: String
  package let typeName: String
  package let standard: SettingsDefault
  package let change: SettingsChange
  /// One sentence part for the documentation.
  package let meaning: String
  /// True where a value must never be printed or stand on a command line.
  package let isSecret: Bool
  /// True for lists and maps of maps, which a variable writes as JSON.
  package let isStructured: Bool

  /// Reads a written value into `Root`; the text is the key as problems shall name it.
  let decode: @Sendable (SettingsValue, String, inout Root, inout [SettingsProblem]) -> Void
  let encode: @Sendable (Root) -> SettingsText
  let isSame: @Sendable (Root, Root) -> Bool
  /// Takes this key's value over from the first to the second.
  let copy: @Sendable (Root, inout Root) -> Void
}

/// The default of a key as the documentation writes it.
package enum SettingsDefault: Sendable, Equatable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// Text that could stand in the file.
  case literal(String)
  /// Words about a default that depends on something.
  case words(String)

  package init(stringLiteral value: String) {
    self = .literal(value)
  }

  package var description: String {
    switch self {
    case .literal(let text), .words(let text): text
    }
  }
}

/// Whether a changed value takes effect on SIGHUP.
package enum SettingsChange: Sendable, Equatable {
  case live
  case restart
}

extension SettingsKey {
  init<Value>(
    _ path: String, _ member: any WritableKeyPath<Root, Value> & Sendable, _ codec: SettingsCodec<Value>,
    _ standard: SettingsDefault, _ change: SettingsChange, _ meaning: String
  ) {
    self.init(
      path: path, typeName: codec.typeName, standard: standard, change: change, meaning: meaning,
      isSecret: codec.isSecret, isStructured: codec.isStructured,
      decode: { value, key, root, problems in
        if let decoded = codec.decode(value, key, &problems) { root[keyPath: member] = decoded }
      },
      encode: { codec.encode($0[keyPath: member]) },
      isSame: { $0[keyPath: member] == $1[keyPath: member] },
      copy: { $1[keyPath: member] = $0[keyPath: member] })
  }

  /// The same key as a member of a larger whole.
  func lifted<Whole>(
    to prefix: String, _ member: any WritableKeyPath<Whole, Root> & Sendable
  ) -> SettingsKey<Whole> {
    SettingsKey<Whole>(
      path: "\(prefix).\(path)", typeName: typeName, standard: standard, change: change, meaning: meaning,
      isSecret: isSecret, isStructured: isStructured,
      decode: { value, key, whole, problems in decode(value, key, &whole[keyPath: member], &problems) },
      encode: { encode($0[keyPath: member]) },
      isSame: { isSame($0[keyPath: member], $1[keyPath: member]) },
      copy: { copy($0[keyPath: member], &$1[keyPath: member]) })
  }
}
