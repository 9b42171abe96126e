import Core
import Gateway
import Platform

/// `beacongate help [COMMAND]`.
enum HelpCommand {
  private static let syntax = CommandSyntax("help", "Shows what beacongate can do.", operand: "COMMAND")

  static func run(arguments: [String]) -> Int32 {
    do throws(UsageError) {
      let arguments = try CommandArguments(arguments, syntax: syntax)
      guard let name = arguments.operands.first, !arguments.wantsHelp else {
        print(overview, terminator: "")
        return ExitCode.success.rawValue
      }
      guard let command = Command(rawValue: name) else { return Command.refuse(name) }
      return command.run(["--help"])
    } catch {
      StandardError.write(error.description)
      return ExitCode.usage.rawValue
    }
  }

  private static var overview: String {
    let width = Command.allCases.map(\.rawValue.count).max() ?? 0
    let lines = Command.allCases.map { command in
      "  \(command.rawValue)\(String(repeating: " ", count: width - command.rawValue.count + 2))\(command.summary)"
    }
    return """
      beacongate \(Version.current): an HTTP log gateway for LogBeacon and Telegram

      usage: beacongate [COMMAND] [flags]

      commands:
      \(lines.joined(separator: "\n"))

      beacongate COMMAND --help shows a command's flags. Settings come from a YAML file, BEACONGATE_* variables and
      flags; exit codes follow sysexits(3).

      """
  }
}
