/// Writes the JSON of health and status documents.
struct HealthWriter {
  private(set) var bytes: [UInt8] = []
  private let audience: HealthDocument.Audience
  private var needsComma = false

  init(audience: HealthDocument.Audience) {
    self.audience = audience
  }

  /// The members of a health document.
  mutating func health(_ reading: HealthReading) {
    member("status", reading.status.rawValue)
    member("version", Version.current)
    member("role", reading.role.rawValue)
    member("uptime_seconds", reading.uptimeSeconds)
    switch reading.phase {
    case .starting: member("detail", "The process is starting.")
    case .draining: member("detail", "The process is shutting down.")
    case .running: break
    }
    open("checks")
    if let broker = reading.broker { check("broker", broker, reading.shown(broker.condition)) }
    check("spool", reading.spool, reading.shown(reading.spool.condition))
    if let sink = reading.logbeacon { check("logbeacon", sink, sink.condition.status) }
    if let sink = reading.telegram { check("telegram", sink, sink.condition.status) }
    if let sink = reading.webhook { check("webhook", sink, sink.condition.status) }
    close()
  }

  /// Opens an object, as a member if it has a name.
  mutating func open(_ name: String? = nil) {
    begin(name)
    bytes.append(UInt8(ascii: "{"))
    needsComma = false
  }

  /// Opens an array, whose elements are opened without a name.
  mutating func openList(_ name: String) {
    begin(name)
    bytes.append(UInt8(ascii: "["))
    needsComma = false
  }

  mutating func closeList() {
    bytes.append(UInt8(ascii: "]"))
    needsComma = true
  }

  mutating func close() {
    bytes.append(UInt8(ascii: "}"))
    needsComma = true
  }

  mutating func member(_ name: String, _ value: Bool) {
    begin(name)
    bytes.append(value ? "true" : "false")
  }

  mutating func member(_ name: String, _ value: String) {
    begin(name)
    bytes.appendJSONString(value.utf8Span.span)
  }

  mutating func member(_ name: String, _ value: Int?) {
    guard let value else { return }
    begin(name)
    bytes.append(decimal: value)
  }

  mutating func check<Condition>(
    _ name: String, _ check: HealthReading.Check<Condition>, _ status: HealthStatus
  ) {
    open(name)
    member("status", status.rawValue)
    let sentence = check.condition.sentence.description
    member("detail", audience == .operators && !check.note.isEmpty ? "\(sentence.dropLast()): \(check.note)" : sentence)
    if let since = check.since {
      begin("since")
      bytes.append(UInt8(ascii: "\""))
      Timestamp.appendUTC(since, to: &bytes)
      bytes.append(UInt8(ascii: "\""))
    }
    member("queued", check.figures.queued)
    member("events", check.figures.events)
    member("bytes", check.figures.bytes)
    member("limit_bytes", check.figures.limitBytes)
    close()
  }

  private mutating func begin(_ name: String?) {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
    guard let name else { return }
    bytes.append(UInt8(ascii: "\""))
    bytes.append(name.utf8Span.span)
    bytes.append("\":")
  }
}
