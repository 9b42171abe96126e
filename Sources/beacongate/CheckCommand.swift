import Gateway
import Platform

/// `beacongate check`: reads the settings as `serve` would, and starts nothing.
enum CheckCommand {
  private static let syntax = CommandSyntax(
    "check", "Shows the effective settings with their secrets hidden, or everything that is wrong with them.",
    flags: SettingsFlags.flags,
    notes: "Exit code 0 when serve would start with these settings, 78 when not.")

  static func run(arguments: [String]) -> Int32 {
    do throws(UsageError) {
      let arguments = try CommandArguments(arguments, syntax: syntax)
      if arguments.wantsHelp {
        print(syntax.help, terminator: "")
        return ExitCode.success.rawValue
      }
      return try check(arguments).rawValue
    } catch {
      StandardError.write(error.description)
      return ExitCode.usage.rawValue
    }
  }

  private static func check(_ arguments: CommandArguments) throws(UsageError) -> ExitCode {
    let report = CheckReport(
      SettingsLoader.load(
        configPath: arguments.value("config"), environment: ProcessEnvironment.variables,
        flags: try SettingsFlags.read(arguments, syntax: syntax)))
    for error in report.errors { StandardError.write(error) }
    for warning in report.warnings { StandardError.write("warning: \(warning)") }
    print(report.output, terminator: "")
    return report.exitCode
  }
}
