/// The arguments of one command, read strictly: `--flag value`, `--flag=value`, `--switch`, `--` ends the flags.
///
/// A flag that the command does not know, a missing or needless value, a flag given twice that may not be, and an
/// operand where none is taken are refused.
package struct CommandArguments: Sendable, Equatable {
  /// True when `--help` or `-h` stands anywhere before `--`; nothing else is checked then.
  package private(set) var wantsHelp = false
  /// Arguments that are no flags, in order. A lone `-` is one.
  package private(set) var operands: [String] = []
  private var values: [String: [String]] = [:]

  package init(_ arguments: [String], syntax: CommandSyntax) throws(UsageError) {
    let ownWords = arguments.prefix { $0 != "--" }
    if ownWords.contains("--help") || ownWords.contains("-h") {
      wantsHelp = true
      return
    }
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--" {
        operands += rest
        break
      }
      if argument.hasPrefix("--") {
        try readFlag(argument.dropFirst(2), rest: &rest, syntax: syntax)
      } else if argument.hasPrefix("-"), argument != "-" {
        throw UsageError("unknown flag \(argument)", syntax: syntax)
      } else {
        operands.append(argument)
      }
    }
    if let operand = operands.first, syntax.operand == nil {
      throw UsageError("it takes no argument, but got \(operand)", syntax: syntax)
    }
  }

  /// The value of a flag that may be given once.
  package func value(_ flag: String) -> String? { values[flag]?.first }

  /// Every value of a repeatable flag, in order.
  package func values(_ flag: String) -> [String] { values[flag] ?? [] }

  /// Whether a flag was given.
  package func has(_ flag: String) -> Bool { values[flag] != nil }

  private mutating func readFlag(
    _ text: Substring, rest: inout ArraySlice<String>, syntax: CommandSyntax
  ) throws(UsageError) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard let flag = syntax.flags.first(where: { $0.name == name }) else {
      throw UsageError("unknown flag --\(name)", syntax: syntax)
    }
    guard flag.isRepeatable || values[name] == nil else {
      throw UsageError("--\(name) is given twice", syntax: syntax)
    }
    let attached = parts.count == 2 ? String(parts[1]) : nil
    guard let placeholder = flag.placeholder else {
      guard attached == nil else { throw UsageError("--\(name) takes no value", syntax: syntax) }
      values[name] = [""]
      return
    }
    if let attached {
      values[name, default: []].append(attached)
    } else if let next = rest.first, !next.hasPrefix("--") {
      rest.removeFirst()
      values[name, default: []].append(next)
    } else {
      throw UsageError("--\(name) needs a value: --\(name) \(placeholder)", syntax: syntax)
    }
  }
}

/// Arguments that a command does not take.
package struct UsageError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Two lines: the problem and the usage.
  package let description: String

  package init(_ problem: String, syntax: CommandSyntax) {
    description = "beacongate \(syntax.command): \(problem)\n\(syntax.usage)"
  }
}
