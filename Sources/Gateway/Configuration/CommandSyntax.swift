/// What one command accepts: its flags, and the words of its help.
package struct CommandSyntax: Sendable {
  /// A flag. `placeholder` names its value in the help; `nil` is a switch without one.
  package struct Flag: Sendable {
    package let name: String
    package let placeholder: String?
    package let isRepeatable: Bool
    package let meaning: String

    package init(_ name: String, value placeholder: String? = nil, isRepeatable: Bool = false, _ meaning: String) {
      self.name = name
      self.placeholder = placeholder
      self.isRepeatable = isRepeatable
      self.meaning = meaning
    }
  }

  package let command: String
  package let summary: String
  package let flags: [Flag]
  /// Names the arguments that are no flags; `nil` when there may be none.
  package let operand: String?
  /// Sentences below the flags.
  package let notes: String

  package init(_ command: String, _ summary: String, flags: [Flag] = [], operand: String? = nil, notes: String = "") {
    self.command = command
    self.summary = summary
    self.flags = flags
    self.operand = operand
    self.notes = notes
  }

  /// One line: how to call the command.
  package var usage: String {
    var words = ["usage: beacongate", command]
    if !flags.isEmpty { words.append("[flags]") }
    if let operand { words.append("[\(operand)]") }
    return words.joined(separator: " ")
  }

  /// What `--help` prints, with a line feed at the end.
  package var help: String {
    let rows = (flags + [Flag("help", "show this help")]).map { flag in
      ("--\(flag.name)" + (flag.placeholder.map { " \($0)" } ?? ""), flag.meaning)
    }
    let width = rows.map(\.0.count).max() ?? 0
    let lines = rows.map { name, meaning in
      "  " + name + String(repeating: " ", count: width - name.count + 2) + meaning
    }
    let tail = notes.isEmpty ? "" : "\n\(notes)\n"
    return "\(usage)\n\n\(summary)\n\nflags:\n\(lines.joined(separator: "\n"))\n\(tail)"
  }
}
