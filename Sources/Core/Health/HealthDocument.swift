/// A health document and the HTTP status that it is answered with: `application/health+json`.
package struct HealthDocument: Sendable, Equatable {
  package static let contentType: StaticString = "application/health+json"

  /// Who may read it.
  package enum Audience: Sendable {
    /// Sentences from the closed set, totals only.
    case everyone
    /// Notes too: the last error of a part.
    case operators
  }

  package let httpStatus: HTTPStatus
  package let body: [UInt8]

  /// `GET /health` and `GET /health/ready`.
  package init(_ reading: HealthReading, for audience: Audience) {
    let status = reading.status
    httpStatus = status.httpStatus
    var writer = HealthWriter(audience: audience)
    writer.open()
    writer.member("status", status.rawValue)
    writer.member("version", Version.current)
    writer.member("role", reading.role.rawValue)
    writer.member("uptime_seconds", reading.uptimeSeconds)
    switch reading.phase {
    case .starting: writer.member("detail", "The process is starting.")
    case .draining: writer.member("detail", "The process is shutting down.")
    case .running: break
    }
    writer.open("checks")
    if let broker = reading.broker { writer.check("broker", broker, reading.shown(broker.condition)) }
    writer.check("spool", reading.spool, reading.shown(reading.spool.condition))
    if let sink = reading.logbeacon { writer.check("logbeacon", sink, sink.condition.status) }
    if let sink = reading.telegram { writer.check("telegram", sink, sink.condition.status) }
    if let sink = reading.webhook { writer.check("webhook", sink, sink.condition.status) }
    writer.close()
    writer.close()
    body = writer.bytes
  }

  /// `GET /health/live`: whether the process turns at all, whatever it depends on.
  package init(_ liveness: Liveness, now: UInt64) {
    let status: HealthStatus = liveness.isAlive(now: now) ? .pass : .fail
    httpStatus = status.httpStatus
    var writer = HealthWriter(audience: .everyone)
    writer.open()
    writer.member("status", status.rawValue)
    writer.member("version", Version.current)
    writer.close()
    body = writer.bytes
  }
}
