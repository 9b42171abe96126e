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
    writer.health(reading)
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
