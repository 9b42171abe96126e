import Core
import Gateway
import Platform

/// `beacongate version`.
enum VersionCommand {
  private static let syntax = CommandSyntax("version", "Shows the version.")

  static func run(arguments: [String]) -> Int32 {
    do throws(UsageError) {
      let arguments = try CommandArguments(arguments, syntax: syntax)
      print(arguments.wantsHelp ? syntax.help : "beacongate \(Version.current)\n", terminator: "")
      return ExitCode.success.rawValue
    } catch {
      StandardError.write(error.description)
      return ExitCode.usage.rawValue
    }
  }
}
