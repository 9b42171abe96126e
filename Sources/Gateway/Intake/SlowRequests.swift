import Core

/// The guide's MONITOR_API_TIME: a request of our own that took longer than the threshold becomes a local event of level 99.
struct SlowRequests {
  private let threshold: UInt64
  private let domain: [UInt8]
  private let locale: Settings.Locale
  private let console: Console

  init(_ settings: Settings, console: Console) {
    let limit = settings.monitor.threshold.components
    threshold =
      settings.monitor.apiTime
      ? UInt64(limit.seconds) * 1_000_000_000 + UInt64(limit.attoseconds / 1_000_000_000) : .max
    domain = Array(settings.domains[settings.defaultDomain].name.utf8)
    locale = settings.locale
    self.console = console
  }

  /// `client`: whom it came from, `nil` through a Unix socket.
  func answered(in nanoseconds: UInt64, at milliseconds: Int64, to client: IPAddress?) {
    guard nanoseconds > threshold, let formatter = console.formatter else { return }
    let message = MonitorText.apiTime(milliseconds: nanoseconds / 1_000_000, locale: locale)
    let request = client.map { "POST /log \($0)" } ?? "POST /log"
    var line: [UInt8] = []
    formatter.appendEvent(
      .monitor, at: milliseconds, domain: domain.span, program: "beacongate".utf8.span,
      defName: "api_monitor".utf8.span,
      message: message.utf8Span.span, extraInfo: request.utf8Span.span,
      hash: "".utf8.span, id: "".utf8.span, to: &line)
    console.write(line)
  }
}
