/// Writes the JSON of a health document.
struct HealthWriter {
  private(set) var bytes: [UInt8] = []
  private let audience: HealthDocument.Audience
  private var needsComma = false

  init(audience: HealthDocument.Audience) {
    self.audience = audience
  }

  /// Opens an object, as a member if it has a name.
  mutating func open(_ name: StaticString? = nil) {
    if let name { begin(name) }
    bytes.append(UInt8(ascii: "{"))
    needsComma = false
  }

  mutating func close() {
    bytes.append(UInt8(ascii: "}"))
    needsComma = true
  }

  mutating func member(_ name: StaticString, _ value: String) {
    begin(name)
    bytes.appendJSONString(value.utf8Span.span)
  }

  mutating func member(_ name: StaticString, _ value: Int?) {
    guard let value else { return }
    begin(name)
    bytes.append(decimal: value)
  }

  mutating func check<Condition>(
    _ name: StaticString, _ check: HealthReading.Check<Condition>, _ status: HealthStatus
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

  private mutating func begin(_ name: StaticString) {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    bytes.append(UInt8(ascii: "\""))
    bytes.append(name)
    bytes.append("\":")
    needsComma = true
  }
}
