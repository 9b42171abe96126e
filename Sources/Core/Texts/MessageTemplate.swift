/// A text with named placeholders, as `telegram.….template` writes it: `[{level}] {program}: {message}`.
///
/// `{{` and `}}` are braces. What stands in for a placeholder is never looked through for further ones.
package struct MessageTemplate: MessageFormatter, Equatable {
  /// As it was written.
  package let source: String
  private let parts: [Part]

  /// In bytes of UTF-8.
  package static let maxBytes = 4096

  /// What a placeholder may name.
  package enum Placeholder: String, CaseIterable, Sendable {
    case time, domain, program, level, function, message
    case extraInfo = "extra_info"
    case hash, id

    /// Every name, as a mend lists them.
    package static var names: String { allCases.map { "{\($0.rawValue)}" }.joined(separator: " ") }
  }

  enum Part: Sendable, Equatable {
    case text(String)
    case field(Placeholder)
  }

  init(source: String, parts: [Part]) {
    self.source = source
    self.parts = parts
  }

  package func text(of event: MessageFields) -> String {
    var text = ""
    for part in parts {
      switch part {
      case .text(let literal): text += literal
      case .field(let placeholder): text += event.value(of: placeholder)
      }
    }
    return text
  }
}

extension MessageFields {
  fileprivate func value(of placeholder: MessageTemplate.Placeholder) -> String {
    switch placeholder {
    case .time: time
    case .domain: domain
    case .program: program
    case .level: "\(level.name)"
    case .function: defName
    case .message: message
    case .extraInfo: extraInfo
    case .hash: hash
    case .id: id
    }
  }
}
