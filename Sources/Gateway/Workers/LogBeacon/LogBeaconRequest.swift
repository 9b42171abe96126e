import Core
import HTTPClient
import JSON

/// How one domain's events are posted to LogBeacon (contracts.md §7).
struct LogBeaconRequest {
  let url: String
  let timeout: Duration
  /// PEM authorities in place of the system's.
  let caFile: String?
  let keyHeader: String
  /// Names in the body that the service wants otherwise.
  let renames: [String: String]
  private let headers: [(name: String, value: String)]

  init(url: String, _ settings: Settings.LogBeacon) {
    self.url = url
    timeout = settings.timeout
    caFile = settings.tls.authority
    keyHeader = settings.keyHeader
    renames = settings.fields
    headers =
      [("Content-Type", "application/json")]
      + settings.headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value.value) }
  }

  func request(id: String, key: String?, body: [UInt8], reader: JSONReader) -> HTTPRequest {
    var request = HTTPRequest(url: url)
    request.timeout = timeout
    request.caFile = caFile
    request.headers = headers
    request.headers.append(("Idempotency-Key", HTTPRequest.headerValue(id)))
    if let key { request.headers.append((keyHeader, key)) }
    request.body = payload(body, reader: reader)
    return request
  }

  /// The stored body without `v` and with the service's names.
  func payload(_ body: [UInt8], reader: JSONReader) -> [UInt8] {
    if renames.isEmpty, body.starts(with: Self.version) {
      var payload: [UInt8] = []
      payload.reserveCapacity(body.count)
      payload.append(UInt8(ascii: "{"))
      payload.append(body.span.extracting(Self.version.count..<body.count))
      return payload
    }
    return renamed(body, reader: reader)
  }

  /// What every body that we wrote starts with.
  private static let version = Array(#"{"v":1,"#.utf8)

  private func renamed(_ body: [UInt8], reader: JSONReader) -> [UInt8] {
    guard reader.read(body.span, as: .value) == .object else { return body }
    return reader.withItem(0) { members, text in
      var payload: [UInt8] = []
      payload.reserveCapacity(body.count)
      for index in members.indices {
        let member = members[index]
        let name = String(text: text.extracting(member.name))
        if name == "v" { continue }
        payload.append(UInt8(ascii: payload.isEmpty ? "{" : ","))
        payload.appendJSONString((renames[name] ?? name).utf8Span.span)
        payload.append(UInt8(ascii: ":"))
        let value = text.extracting(member.value)
        if member.kind == .string { payload.appendJSONString(value) } else { payload.append(value) }
      }
      payload.append(payload.isEmpty ? "{}" : "}")
      return payload
    }
  }
}
