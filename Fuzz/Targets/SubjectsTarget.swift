@testable import Core

/// Whom a configuration or a certificate names: one spelling a name, which reads back as the same name and never as another kind.
enum SubjectsTarget {
  static func run(_ input: [UInt8]) {
    guard let text = String(validating: input, as: UTF8.self) else { return }
    if let subject = ClientSubject(text) {
      readsBack(subject)
      if case .name(let name) = subject { spelled(name, text) }
    }
    for part in [ClientSubject(host: text), ClientSubject(uri: text)] { part.map(readsBack) }
    parts(input)
  }

  /// Escapes may make a text longer than one that is read.
  private static func readsBack(_ subject: ClientSubject) {
    let text = subject.description
    if case .name = subject, text.utf8.count > DistinguishedName.maxBytes { return }
    require(ClientSubject(text) == subject, "\(text) is another subject")
  }

  /// Blanks around separators make no difference, and more text another name.
  private static func spelled(_ name: DistinguishedName, _ text: String) {
    require(!name.description.isEmpty, "a name of nobody")
    let longer = text + ",CN=x"
    if longer.utf8.count <= DistinguishedName.maxBytes {
      require(DistinguishedName(longer).map { $0 != name } ?? true, "\(longer) is the same name")
      require(DistinguishedName(" " + text) == name, "a blank makes another name of \(text)")
    }
  }

  /// Nothing is made up: all that is read together is no longer than the text.
  private static func parts(_ text: [UInt8]) {
    var reader = DistinguishedNameReader(text)
    guard let parts = reader.readAll() else { return }
    require(!parts.isEmpty && parts.allSatisfy { !$0.isEmpty }, "a part of nothing")
    let count = parts.joined().reduce(0) { sum, attribute in
      switch attribute.value {
      case .text(let bytes): sum + attribute.type.utf8.count + 1 + bytes.count
      case .encoded(let digits): sum + attribute.type.utf8.count + 2 + digits.utf8.count
      }
    }
    require(count <= text.count, "more is read than there is")
  }
}
