import Core
import Gateway
import Platform

/// `beacongate spool ls|verify|export`: looks into the data folder of a gateway that is stopped, running or gone.
enum SpoolCommand {
  private enum Action: String, CaseIterable {
    case ls, verify, export

    var summary: String {
      switch self {
      case .ls: "Lists the queues of a data folder: what waits, what is parked, what is dead."
      case .verify: "Reads every copy of a data folder, compares its checksum and adds up the ledger."
      case .export: "Writes the copies of a data folder as JSON, one a line."
      }
    }

    var syntax: CommandSyntax {
      CommandSyntax("spool \(rawValue)", summary, flags: ownFlags + SpoolCommand.flags, notes: notes)
    }

    private var ownFlags: [CommandSyntax.Flag] {
      switch self {
      case .ls, .verify: [.init("json", "print one JSON object")]
      case .export:
        [
          .init("queue", value: "NAME", isRepeatable: true, "only this queue, such as shop.example_tg"),
          .init("domain", value: "NAME", isRepeatable: true, "only queues of this domain"),
          .init("state", value: "STATE", isRepeatable: true, "only waiting, parked or dead copies"),
          .init("output", value: "FILE", "write to this new file instead of standard output"),
        ]
      }
    }

    private var notes: String {
      switch self {
      case .ls: "The folder is only read. Exit code 0, 65 when it is no queue file, 69 when it cannot be read."
      case .verify:
        "The folder is only read. Exit code 0 when all is well, 65 when anything is damaged or does not add up."
      case .export:
        "The folder is only read. Exit code 0, 65 when something could not be read or is damaged; the rest is written all the same."
      }
    }
  }

  private static let flags: [CommandSyntax.Flag] = [
    .init("data-dir", value: "DIR", "the data folder, a copy of one, or a queue.db; else data_dir of the settings"),
    .init("config", value: "FILE", "configuration file that names data_dir, where --data-dir does not"),
    .init("scratch", value: "DIR", "where the copy that is read lies meanwhile (TMPDIR, else /tmp)"),
  ]

  private static let syntax = CommandSyntax(
    "spool", "Looks into a data folder, whether its gateway runs, is stopped or is gone.",
    operand: "ls | verify | export",
    notes: """
      ls lists the queues, verify reads every checksum, export writes the copies as JSON lines; beacongate spool ls --help
      shows the flags. The folder is only read, and nothing but it is needed.
      """)

  static func run(arguments: [String]) -> Int32 {
    do {
      guard let name = arguments.first, !name.hasPrefix("-") else {
        _ = try CommandArguments(arguments, syntax: syntax)
        guard arguments.isEmpty else {
          print(syntax.help, terminator: "")
          return ExitCode.success.rawValue
        }
        throw UsageError("say what to do: ls, verify or export", syntax: syntax)
      }
      guard let action = Action(rawValue: name) else {
        let near = Suggestion.nearest(to: name, among: Action.allCases.map(\.rawValue))
        throw UsageError("\(name) is not understood\(near.map { "; did you mean \($0)?" } ?? "")", syntax: syntax)
      }
      let arguments = try CommandArguments(Array(arguments.dropFirst()), syntax: action.syntax)
      if arguments.wantsHelp {
        print(action.syntax.help, terminator: "")
        return ExitCode.success.rawValue
      }
      return try run(action, arguments).rawValue
    } catch let error as UsageError {
      StandardError.write(error.description)
      return ExitCode.usage.rawValue
    } catch let error as SpoolError {
      StandardError.write("beacongate spool: \(error)")
      return error.exitCode.rawValue
    } catch {
      StandardError.write("beacongate spool: \(error)")
      return ExitCode.unavailable.rawValue
    }
  }

  private static func run(_ action: Action, _ arguments: CommandArguments) throws -> ExitCode {
    let export = try action == .export ? export(arguments, syntax: action.syntax) : nil
    guard let folder = folder(arguments) else { return .configuration }
    let scratch = arguments.value("scratch") ?? ProcessEnvironment.variables["TMPDIR"] ?? "/tmp"
    let file = try SpoolFile(folder, scratch: scratch.isEmpty ? "/tmp" : scratch)
    if let export { return try write(export, file, arguments.value("output")) }
    let report = SpoolReport(file, isThorough: action == .verify)
    let output = OutputFile()
    if arguments.has("json") {
      try output.write(report.json(isVerified: action == .verify))
    } else if action == .ls {
      try output.write(Array(report.table(now: Clock.unixMilliseconds()).utf8))
      if !report.isSound {
        StandardError.write("beacongate spool ls: not all is well; beacongate spool verify says what")
      }
    } else {
      for finding in report.findings { try output.write(line(finding.isSound ? "ok   " : "fail ", finding.text)) }
    }
    try output.finish()
    return action == .verify && !report.isSound ? .badInput : .success
  }

  private static func write(_ export: SpoolExport, _ file: SpoolFile, _ path: String?) throws -> ExitCode {
    var export = export
    let output = try path.map { try OutputFile(creating: $0) } ?? OutputFile()
    let gaps = try export.run(file) { (line: [UInt8]) throws(SystemError) in try output.write(line) }
    try output.finish()
    let damage = export.damaged > 0 ? ", \(export.damaged) of them damaged" : ""
    StandardError.write("beacongate spool export: \(export.copies) copies written\(damage)")
    for problem in file.problems { StandardError.write("beacongate spool export: \(problem)") }
    let isWhole = gaps.isEmpty && file.problems.isEmpty && file.lostBytes == 0
    if !isWhole {
      StandardError.write(
        "beacongate spool export: parts of \(file.path) cannot be read; beacongate spool verify says which")
    }
    return isWhole && export.damaged == 0 ? .success : .badInput
  }

  private static func export(_ arguments: CommandArguments, syntax: CommandSyntax) throws(UsageError) -> SpoolExport {
    var export = SpoolExport()
    var states: Set<SpoolCopy.State> = []
    for name in arguments.values("state") {
      guard let state = SpoolCopy.State(rawValue: name) else {
        throw UsageError("--state \(name): it is waiting, parked or dead", syntax: syntax)
      }
      states.insert(state)
    }
    if !states.isEmpty { export.states = states }
    export.queues = Set(arguments.values("queue"))
    export.domains = Set(arguments.values("domain"))
    return export
  }

  /// `nil` when the settings that should name it have mistakes.
  private static func folder(_ arguments: CommandArguments) -> String? {
    if let folder = arguments.value("data-dir") { return folder }
    let loaded = SettingsLoader.load(
      configPath: arguments.value("config"), environment: ProcessEnvironment.variables, flags: [:])
    if let settings = loaded.settings { return settings.dataDirectory }
    for problem in loaded.problems { StandardError.write("\(problem)") }
    StandardError.write("beacongate spool: the settings have mistakes; name the folder with --data-dir")
    return nil
  }

  /// Names in a damaged file may hold anything.
  private static func line(_ mark: String, _ text: String) -> [UInt8] {
    var line = Array(mark.utf8)
    line.append(printable: Array(text.utf8).span)
    return line + [0x0A]
  }
}
