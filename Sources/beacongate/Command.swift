import Core
import Gateway
import Platform

/// The commands of `beacongate`, in the order of the help.
enum Command: String, CaseIterable {
  case serve, check, send, dead, spool, token, top, doctor, version, help

  var summary: String {
    switch self {
    case .serve: "take events and deliver them (the default)"
    case .check: "show the effective settings, or everything that is wrong with them"
    case .send: "send an event to a running gateway"
    case .dead: "list, show, replay or purge what could not be delivered"
    case .spool: "look into a data folder: list, verify or export what it holds"
    case .token: "make a client's token and its lines for the configuration"
    case .top: "show what a running gateway takes, holds and delivers"
    case .doctor: "look at everything that the gateway needs, and say what is wrong"
    case .version: "show the version"
    case .help: "show this help, or that of a command"
    }
  }

  /// Runs the command that `arguments` name, `serve` when they name none. Returns the exit code.
  static func run(_ arguments: [String]) -> Int32 {
    guard let first = arguments.first else { return serve.run([]) }
    switch first {
    case "-h", "--help": return help.run([])
    case "--version": return version.run([])
    case _ where first.hasPrefix("-"): return serve.run(arguments)
    default: break
    }
    guard let command = Command(rawValue: first) else { return refuse(first) }
    return command.run(Array(arguments.dropFirst()))
  }

  func run(_ arguments: [String]) -> Int32 {
    switch self {
    case .serve: ServeCommand.run(arguments: arguments)
    case .check: CheckCommand.run(arguments: arguments)
    case .send: SendCommand.run(arguments: arguments)
    case .dead: DeadCommand.run(arguments: arguments)
    case .spool: SpoolCommand.run(arguments: arguments)
    case .token: TokenCommand.run(arguments: arguments)
    case .top: TopCommand.run(arguments: arguments)
    case .doctor: DoctorCommand.run(arguments: arguments)
    case .version: VersionCommand.run(arguments: arguments)
    case .help: HelpCommand.run(arguments: arguments)
    }
  }

  /// Says on standard error that there is no such command, and which one may have been meant.
  static func refuse(_ name: String) -> Int32 {
    let near = Suggestion.nearest(to: name, among: allCases.map(\.rawValue))
    StandardError.write("beacongate: unknown command \(name)\(near.map { "; did you mean \($0)?" } ?? "")")
    StandardError.write("usage: beacongate [\(allCases.map(\.rawValue).joined(separator: " | "))] [flags]")
    return ExitCode.usage.rawValue
  }
}
