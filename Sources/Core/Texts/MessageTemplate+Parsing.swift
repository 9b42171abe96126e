extension MessageTemplate {
  /// What is wrong with a template, and where in it. Lines and columns, in Unicode scalars, count from 1.
  package struct Fault: Error, Sendable, Equatable {
    package let line: Int
    package let column: Int
    package let problem: String
    package let mend: String
  }

  /// What came of reading a template.
  package enum Reading: Sendable, Equatable {
    case template(MessageTemplate)
    /// Every fault, in the order of the text.
    case faults([Fault])
  }

  package static func read(_ source: String) -> Reading {
    var reader = Reader(source)
    reader.read()
    return reader.faults.isEmpty
      ? .template(MessageTemplate(source: source, parts: reader.parts)) : .faults(reader.faults)
  }

  /// One pass over the scalars of a template.
  private struct Reader {
    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var literal = ""
    private var line = 1
    private var column = 1
    private(set) var parts: [Part] = []
    private(set) var faults: [Fault] = []

    init(_ source: String) {
      scalars = Array(source.unicodeScalars)
    }

    mutating func read() {
      while index < scalars.count {
        switch (scalars[index], index + 1 < scalars.count ? scalars[index + 1] : nil) {
        case ("{", "{"), ("}", "}"):
          literal.unicodeScalars.append(scalars[index])
          advance(by: 2)
        case ("{", _): readPlaceholder()
        case ("}", _):
          fault("a } closes nothing", mend: "write }} for a brace")
          advance(by: 1)
        case (let scalar, _):
          if PrintableText.isControl(scalar), scalar != "\n", scalar != "\t", scalar != "\r" {
            fault("a control character is no text", mend: "remove it")
          }
          literal.unicodeScalars.append(scalar)
          advance(by: 1)
        }
      }
      endLiteral()
      if faults.isEmpty, parts.allSatisfy(\.isBlank) {
        (line, column) = (1, 1)
        fault("the template is empty", mend: "write a text, or leave the key out")
      }
    }

    /// From a `{` to its `}`; a name ends with the line at the latest.
    private mutating func readPlaceholder() {
      let rest = scalars[(index + 1)...]
      guard let end = rest.firstIndex(where: { $0 == "}" || $0 == "{" || $0 == "\n" }), scalars[end] == "}" else {
        fault("a { is not closed", mend: "write {{ for a brace, or close one of \(Placeholder.names)")
        return advance(by: 1)
      }
      var name = ""
      name.unicodeScalars.append(contentsOf: scalars[(index + 1)..<end])
      if let placeholder = Placeholder(rawValue: name) {
        endLiteral()
        parts.append(.field(placeholder))
      } else {
        let near = Suggestion.nearest(to: name, among: Placeholder.allCases.map(\.rawValue))
        fault(
          "\(PrintableText.quoted("{\(name)}")) is no placeholder",
          mend: (near.map { "did you mean {\($0)}? " } ?? "") + "there are \(Placeholder.names)")
      }
      advance(by: end + 1 - index)
    }

    private mutating func endLiteral() {
      if !literal.isEmpty { parts.append(.text(literal)) }
      literal = ""
    }

    private mutating func advance(by count: Int) {
      for scalar in scalars[index..<index + count] {
        (line, column) = scalar == "\n" ? (line + 1, 1) : (line, column + 1)
      }
      index += count
    }

    private mutating func fault(_ problem: String, mend: String) {
      faults.append(Fault(line: line, column: column, problem: problem, mend: mend))
    }
  }
}

extension MessageTemplate.Part {
  fileprivate var isBlank: Bool {
    switch self {
    case .text(let text): text.isBlank
    case .field: false
    }
  }
}
