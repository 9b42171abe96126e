import Core
import Gateway
import Platform

/// `beacongate doctor`: looks at everything that the gateway needs with the settings at hand.
enum DoctorCommand {
  private static let syntax = CommandSyntax(
    "doctor", "Looks at everything that the gateway needs, and says what is wrong and what to do.",
    flags: SettingsFlags.flags + [
      .init("timeout", value: "DURATION", "the longest wait for one answer (5s)"),
      .init("json", "print one JSON object"),
      .init("canary", "send an event through the running gateway and follow it until it is delivered"),
      .init("canary-level", value: "LEVEL", "its level, a number or a name (1: LogBeacon alone)"),
      .init("canary-timeout", value: "DURATION", "the longest wait for its delivery (30s)"),
    ],
    notes: """
      Nothing is sent to a queue or a service without --canary. BEACONGATE_TOKEN is the canary's token where the settings
      hold none in clear. Exit code 0 when all is well or there are warnings alone, 69 when something that must be there is
      not, 78 when the settings are wrong.
      """)

  /// The longest time that may be asked for.
  private static let maxTimeout = Duration.seconds(600)

  static func run(arguments: [String]) -> Int32 {
    do throws(UsageError) {
      let arguments = try CommandArguments(arguments, syntax: syntax)
      if arguments.wantsHelp {
        print(syntax.help, terminator: "")
        return ExitCode.success.rawValue
      }
      let options = try options(arguments)
      let loaded = SettingsLoader.load(
        configPath: arguments.value("config"), environment: ProcessEnvironment.variables,
        flags: try SettingsFlags.read(arguments, syntax: syntax))
      return examine(loaded, options, isJSON: arguments.has("json")).rawValue
    } catch {
      StandardError.write(error.description)
      return ExitCode.usage.rawValue
    }
  }

  private static func examine(_ loaded: LoadedSettings, _ options: Doctor.Options, isJSON: Bool) -> ExitCode {
    var diagnosis = Diagnosis()
    let output = OutputFile()
    let report = { (findings: [Finding]) in
      diagnosis += findings
      if isJSON { return }
      for finding in findings { try? output.write(Diagnosis.line(finding)) }
      try? output.finish()
    }
    report(Doctor.configuration(loaded))
    if let settings = loaded.settings { Doctor(settings, options, report: report).run() }
    let code: ExitCode =
      switch diagnosis.cause {
      case nil: .success
      case .absence: .unavailable
      case .configuration: .configuration
      }
    if isJSON {
      try? output.write(diagnosis.json(exitCode: Int(code.rawValue)))
      try? output.finish()
    }
    return code
  }

  private static func options(_ arguments: CommandArguments) throws(UsageError) -> Doctor.Options {
    var options = Doctor.Options()
    options.sendsCanary = arguments.has("canary")
    options.token = ProcessEnvironment.variables["BEACONGATE_TOKEN"].map { Secret($0) }
    if let time = try duration("timeout", arguments) { options.timeout = time }
    if let time = try duration("canary-timeout", arguments) { options.canaryTimeout = time }
    if let text = arguments.value("canary-level") {
      let bytes = Array(text.utf8)
      guard let level = Level(number: bytes.span) ?? Level(name: bytes.span) else {
        throw UsageError("--canary-level \(text): it is 0, 1, 9, 11, 91, 99 or a name", syntax: syntax)
      }
      options.canaryLevel = level
    }
    return options
  }

  private static func duration(_ flag: String, _ arguments: CommandArguments) throws(UsageError) -> Duration? {
    guard let text = arguments.value(flag) else { return nil }
    guard let time = DurationText.parse(text), time > .zero, time <= maxTimeout else {
      throw UsageError("--\(flag) \(text): write a time from 1ms to 10m, such as 5s", syntax: syntax)
    }
    return time
  }
}
