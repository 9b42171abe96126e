import Core
import EventLoop
import Gateway
import Platform
import Synchronization

/// `beacongate serve`: runs the gateway until a signal ends it.
enum ServeCommand {
  private static let syntax = CommandSyntax(
    "serve", "Takes events over HTTP and delivers them, until SIGTERM or SIGINT.",
    flags: SettingsFlags.flags,
    notes: """
      SIGHUP reads the settings again. A second SIGTERM ends at once, still losing nothing that was accepted.
      Exit code 0 after a signal, 75 when another process has the address or the data folder, or when a worker has given up
      on the broker, 78 for wrong settings.
      """)

  static func run(arguments: [String]) -> Int32 {
    do throws(UsageError) {
      let arguments = try CommandArguments(arguments, syntax: syntax)
      if arguments.wantsHelp {
        print(syntax.help, terminator: "")
        return ExitCode.success.rawValue
      }
      var source = SettingsSource(
        configPath: arguments.value("config"), flags: try SettingsFlags.read(arguments, syntax: syntax))
      do throws(StartFailure) {
        source.passed = try PassedListeners(environment: ProcessEnvironment.variables)
      } catch {
        StandardError.write(error.description)
        return error.exitCode.rawValue
      }
      return serve(source).rawValue
    } catch {
      StandardError.write(error.description)
      return ExitCode.usage.rawValue
    }
  }

  private static func serve(_ source: SettingsSource) -> ExitCode {
    let loaded = source.load()
    for warning in loaded.warnings { StandardError.write("warning: \(warning)") }
    guard let settings = loaded.settings else {
      for problem in loaded.problems { StandardError.write("\(problem)") }
      return .configuration
    }
    do {
      // Before any thread starts, so that every thread inherits the mask.
      let signals = try SignalWatch()
      Machine.keepFilesPrivate()
      Machine.raiseDescriptorLimit()
      Machine.makeRoom(forDescriptors: settings.http.maxConnections + DescriptorReading.others)
      let zone = try LocalTimeZone(name: settings.timeZone, environment: ProcessEnvironment.variables)
      let notices = try Console.standardError(settings, zone: zone, environment: ProcessEnvironment.variables)
      defer { notices.stop(within: .seconds(1)) }
      let console = try Console.standardOutput(settings, zone: zone, environment: ProcessEnvironment.variables)
      let application = try Application(settings, console: console, notices: notices, zone: zone, passed: source.passed)
      return wait(for: signals, application, source, notices)
    } catch let failure as StartFailure {
      StandardError.write(failure.description)
      return failure.exitCode
    } catch let error as LocalTimeZoneError {
      StandardError.write("timezone: \(error)")
      return .configuration
    } catch {
      StandardError.write("\(error)")
      return .temporaryFailure
    }
  }

  private static func wait(
    for signals: SignalWatch, _ application: Application, _ source: SettingsSource, _ notices: Console
  ) -> ExitCode {
    while true {
      switch signals.next(or: application.ended) {
      case .hangup: reload(application, source, notices)
      case .terminate, .interrupt:
        stop(application, signals)
        return .success
      case nil:
        guard application.hasGivenUp else { continue }
        stop(application, signals)
        return .temporaryFailure
      }
    }
  }

  private static func reload(_ application: Application, _ source: SettingsSource, _ notices: Console) {
    let loaded = source.load()
    for warning in loaded.warnings { notices.writeLine(.warning, "\(warning)") }
    for problem in loaded.problems { notices.writeLine(.warning, "\(problem)") }
    guard let settings = loaded.settings else {
      return notices.writeLine(.warning, "the settings have mistakes; the old ones stay")
    }
    application.reload(settings)
  }

  /// A second signal shortens every wait.
  private static func stop(_ application: Application, _ signals: SignalWatch) {
    let isDone = Flag()
    let stopping = NamedThread("shutdown") {
      application.stop()
      isDone.value.store(true, ordering: .sequentiallyConsistent)
    }
    while !isDone.value.load(ordering: .sequentiallyConsistent) {
      switch signals.next(milliseconds: 20) {
      case .terminate, .interrupt: application.hurry()
      case .hangup, nil: continue
      }
    }
    stopping.join()
  }

  private final class Flag: Sendable {
    let value = Atomic(false)
  }
}

/// Where the settings come from, so that they can be read again.
private struct SettingsSource {
  let configPath: String?
  let flags: [String: String]
  var passed = PassedListeners()

  func load() -> LoadedSettings {
    passed.applied(
      to: SettingsLoader.load(configPath: configPath, environment: ProcessEnvironment.variables, flags: flags))
  }
}
