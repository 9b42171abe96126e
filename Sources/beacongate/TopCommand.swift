import Core
import EventLoop
import Gateway
import Platform

/// `beacongate top`: how a running gateway stands, drawn anew every second.
enum TopCommand {
  private static let syntax = CommandSyntax(
    "top", "Shows what a running gateway takes, holds and delivers, drawn anew in place.",
    flags: [
      .init("interval", value: "DURATION", "how often it is asked (1s)"),
      .init("once", "print it once and end, as it does where standard output is no terminal"),
      .init("url", value: "URL", "the gateway's admin listener (admin.listen of the settings)"),
      .init("config", value: "FILE", "configuration file that names admin.listen and admin.token"),
    ],
    notes: """
      q ends it. GET /api/status of the admin listener has the same figures as JSON. Exit code 0, 69 when no gateway answers
      at the start or it refuses the token, 78 when the settings are wrong.
      """)

  private static let usualInterval = Duration.seconds(1)
  private static let intervals: ClosedRange<Duration> = .milliseconds(500)...(.seconds(3600))
  /// How long keys, signals and a new size of the window may wait.
  private static let tickMilliseconds: Int32 = 100

  static func run(arguments: [String]) -> Int32 {
    do {
      let arguments = try CommandArguments(arguments, syntax: syntax)
      if arguments.wantsHelp {
        print(syntax.help, terminator: "")
        return ExitCode.success.rawValue
      }
      return try run(arguments).rawValue
    } catch let error as UsageError {
      StandardError.write(error.description)
      return ExitCode.usage.rawValue
    } catch let error as AdminClientError {
      StandardError.write("beacongate top: \(error)")
      return error.exitCode.rawValue
    } catch {
      StandardError.write("beacongate top: \(error)")
      return ExitCode.internalError.rawValue
    }
  }

  private static func run(_ arguments: CommandArguments) throws -> ExitCode {
    let interval = try interval(arguments)
    let loaded = SettingsLoader.load(
      configPath: arguments.value("config"), environment: ProcessEnvironment.variables, flags: [:])
    guard let settings = loaded.settings else {
      for problem in loaded.problems { StandardError.write("\(problem)") }
      return .configuration
    }
    let client = try TopClient(settings, url: arguments.value("url"))
    let screen = TopScreen(try client.read(), address: client.address)
    let signals = try SignalWatch()
    guard !arguments.has("once"), let terminal = Terminal() else {
      let output = OutputFile()
      let lines = screen.lines.map { $0.text(width: .max, isColored: false) + "\n" }
      try output.write(Array(lines.joined().utf8))
      try output.finish()
      return .success
    }
    defer { terminal.close() }
    let isColored = settings.console.color.isOn(
      isTerminal: true, mayColor: ConsoleStyle.mayColor(ProcessEnvironment.variables))
    watch(client, screen, on: terminal, signals, every: interval, isColored: isColored)
    return .success
  }

  private static func watch(
    _ client: TopClient, _ first: TopScreen, on terminal: Terminal, _ signals: SignalWatch, every interval: Duration,
    isColored: Bool
  ) {
    var screen = first
    var readAt = ContinuousClock.now
    var nextAt = readAt + interval
    var drawn: Terminal.Size?
    while true {
      if drawn != terminal.size {
        let size = terminal.size
        terminal.draw(
          screen.lines(height: size.rows, keys: "q quits").map { $0.text(width: size.columns, isColored: isColored) })
        drawn = size
      }
      // A hang-up is one of them: there is no terminal any more.
      if signals.next(milliseconds: tickMilliseconds) != nil { return }
      if terminal.keys().contains(where: { $0 == UInt8(ascii: "q") || $0 == UInt8(ascii: "Q") }) { return }
      guard ContinuousClock.now >= nextAt else { continue }
      do throws(AdminClientError) {
        let reading = try client.read()
        let now = ContinuousClock.now
        screen = TopScreen(
          reading, rates: TopRates(since: screen.reading, seconds: (now - readAt) / .seconds(1)),
          address: client.address)
        readAt = now
      } catch {
        screen.trouble = "\(error); trying again"
      }
      nextAt = ContinuousClock.now + interval
      drawn = nil
    }
  }

  private static func interval(_ arguments: CommandArguments) throws(UsageError) -> Duration {
    guard let text = arguments.value("interval") else { return usualInterval }
    guard let interval = DurationText.parse(text), intervals.contains(interval) else {
      throw UsageError("--interval \(text): write a time from 500ms to 1h, such as 2s", syntax: syntax)
    }
    return interval
  }
}
