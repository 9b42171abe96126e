package import Core
import Platform

/// Looks at everything that a gateway of some settings needs. Confined to the thread that makes it; every wait is bounded.
package final class Doctor {
  package struct Options: Sendable {
    /// The longest wait for one answer.
    package var timeout = Duration.seconds(5)
    /// Sends an event through the running gateway.
    package var sendsCanary = false
    package var canaryLevel = Level.info
    /// The longest wait for its delivery.
    package var canaryTimeout = Duration.seconds(30)
    /// A bearer token for `POST /log` that the settings do not hold in clear.
    package var token: Secret?

    package init() {}
  }

  let settings: Settings
  let options: Options
  /// What the sinks' answers said of the time: name, and seconds that its `Date` is ahead of ours.
  var offsets: [(peer: String, seconds: Int)] = []
  private let report: ([Finding]) -> Void
  private let wall = Clock.unixMilliseconds()
  private let monotonic = Clock.monotonicNanoseconds()

  /// `report` gets the findings of one part after another, as soon as they are there.
  package init(_ settings: Settings, _ options: Options, report: @escaping ([Finding]) -> Void) {
    self.settings = settings
    self.options = options
    self.report = report
  }

  package func run() {
    let folder = dataFolder()
    report(folder.findings)
    report(descriptors())
    report(keyFolders())
    var isHeld = false
    if case .process = folder.holder { isHeld = true }
    let gateway = GatewayProbe(settings, timeout: options.timeout)
    report(gateway.reading(isFolderHeld: isHeld).findings)
    report(broker())
    report(logbeacon())
    report(telegram())
    if settings.usesWebhook { report(webhook()) }
    report(clock())
    if options.sendsCanary { report(CanaryProbe(settings, options, gateway).reading().findings) }
  }

  private func descriptors() -> [Finding] {
    // As serve does.
    Machine.raiseDescriptorLimit()
    return DescriptorReading(limit: Machine.descriptorLimit, maxConnections: settings.http.maxConnections).findings
  }

  private func clock() -> [Finding] {
    var reading = ClockReading(now: Clock.unixMilliseconds())
    reading.wall = reading.now - wall
    reading.monotonic = (Int64(Clock.monotonicNanoseconds()) - Int64(monotonic)) / 1_000_000
    reading.offsets = offsets
    return reading.findings
  }
}

/// What is found of the settings themselves.
extension Doctor {
  package static func configuration(_ loaded: LoadedSettings) -> [Finding] {
    let problems = loaded.problems.map { Finding.fail("configuration", "\($0)", .configuration) }
    let warnings = loaded.warnings.map { Finding.warn("configuration", "\($0)") }
    guard let settings = loaded.settings else { return problems + warnings }
    let source = loaded.source ?? "no file"
    let count = settings.domains.count
    return [
      .ok(
        "configuration",
        "\(source): role \(settings.role.rawValue), queue \(settings.queue.rawValue), \(count) \(count == 1 ? "domain" : "domains")"
      )
    ] + warnings
  }
}
