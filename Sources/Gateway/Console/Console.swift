package import Core
package import Platform
import Synchronization

/// The process's standard output: lines from any thread, written by a thread of its own.
///
/// Nobody ever waits for it. At most `capacity` bytes wait; what exceeds them, and what a closed output does not take,
/// is dropped line by line and counted.
package final class Console: Sendable {
  /// Bytes that may wait.
  package static let capacity = 1 << 20

  /// Takes nothing and prints nothing.
  package static let off = Console()

  /// Makes the lines; `nil` when the console is off: then format nothing.
  package let formatter: ConsoleFormatter?

  private let writer: ConsoleWriter?
  private let thread: Mutex<NamedThread?>

  private init() {
    formatter = nil
    writer = nil
    thread = Mutex(nil)
  }

  /// Starts the thread. Throws when the process is out of descriptors.
  package init(
    output: OutputDescriptor, formatter: ConsoleFormatter, capacity: Int = Console.capacity
  ) throws(SystemError) {
    let writer = ConsoleWriter(
      backlog: ConsoleBacklog(capacity: capacity), output: output, wakeup: try Wakeup(), stop: try ConsoleStop())
    self.formatter = formatter
    self.writer = writer
    thread = Mutex(
      NamedThread("console") {
        writer.run()
        writer.stop.threadEnded()
      })
  }

  deinit {
    stop(within: .zero)
  }

  /// Standard output as the settings want it: format and colour, language, the names that need no mention, the zone.
  ///
  /// `environment` is asked for `NO_COLOR` and `TERM`.
  package static func standardOutput(
    _ settings: Settings, zone: LocalTimeZone, environment: [String: String], output: OutputDescriptor = .init(1)
  ) throws(SystemError) -> Console {
    let mayColor = ConsoleStyle.mayColor(environment)
    guard let style = ConsoleStyle.choose(settings.console, isTerminal: output.isTerminal, mayColor: mayColor)
    else { return .off }
    return try Console(output: output, formatter: formatter(style, settings, zone))
  }

  /// Standard error for the process's own lines, which are shown even when the console is off.
  package static func standardError(
    _ settings: Settings, zone: LocalTimeZone, environment: [String: String]
  ) throws(SystemError) -> Console {
    var settings = settings
    if settings.console.format == .off { settings.console.format = .auto }
    return try standardOutput(settings, zone: zone, environment: environment, output: OutputDescriptor(2))
  }

  private static func formatter(
    _ style: ConsoleStyle, _ settings: Settings, _ zone: LocalTimeZone
  ) -> ConsoleFormatter {
    ConsoleFormatter(
      style: style, locale: settings.locale, defaultDomain: settings.domains[settings.defaultDomain].name,
      defaultProgram: settings.defaultProgram, time: zone.time)
  }

  package var isOff: Bool { writer == nil }

  /// Lines dropped so far: `beacongate_console_dropped_total`.
  package var dropped: Int { writer?.backlog.dropped ?? 0 }

  /// Prints whole lines, made by `formatter`. Never blocks.
  package func write(_ lines: consuming [UInt8]) {
    guard let writer else { return }
    if writer.backlog.add(lines) { writer.wakeup.signal() }
  }

  /// Prints one line, with the time of now.
  package func writeLine(_ kind: ConsoleLineKind, _ text: String) {
    guard let formatter else { return }
    var line: [UInt8] = []
    formatter.appendLine(kind, at: Clock.unixMilliseconds(), text: text.utf8Span.span, to: &line)
    write(line)
  }

  /// Prints what waits, for at most `duration`, then ends the thread; later lines are dropped and counted.
  package func stop(within duration: Duration) {
    let running = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    guard let writer, let running else { return }
    writer.stop.requested(within: duration)
    writer.backlog.close()
    writer.wakeup.signal()
    if writer.stop.waitForThread() { running.join() }
  }
}
