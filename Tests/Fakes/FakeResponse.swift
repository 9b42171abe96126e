/// What a fake server answers, and how it misbehaves doing so.
package struct FakeResponse: Sendable {
  package enum Manner: Sendable, Equatable {
    /// With Content-Length.
    case plain
    /// In chunks of at most 1000 bytes.
    case chunked
    /// The head, then a byte of the body every so often.
    case drip(every: Duration)
    /// The head, then a body without end, in chunks.
    case endless
    /// Half of the promised body, then close.
    case truncated
    /// Nothing, and the connection stays open until the client or the server gives up.
    case hang
    /// The request is read, the connection closed without a byte.
    case closeWithoutAnswer
    /// The same with RST.
    case reset
    /// Bytes that are no HTTP.
    case garbage
  }

  package var status: Int
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]
  package var manner = Manner.plain
  /// Before the first byte of the answer.
  package var delay = Duration.zero
  /// Says `Connection: close` and does so.
  package var closes = false

  package init(status: Int = 200, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  package init(status: Int = 200, headers: [(name: String, value: String)] = [], text: String) {
    self.init(status: status, headers: headers, body: Array(text.utf8))
  }

  package init(status: Int = 200, headers: [(name: String, value: String)] = [], json: JSONValue) {
    self.init(status: status, headers: [("Content-Type", "application/json")] + headers, body: json.bytes)
  }

  package static func redirect(to location: String) -> FakeResponse {
    FakeResponse(status: 302, headers: [("Location", location)])
  }

  package static let hang = FakeResponse().in(.hang)
  package static let closeWithoutAnswer = FakeResponse().in(.closeWithoutAnswer)
  package static let reset = FakeResponse().in(.reset)
  package static let garbage = FakeResponse().in(.garbage)
  package static let endless = FakeResponse().in(.endless)

  package func `in`(_ manner: Manner) -> FakeResponse {
    var response = self
    response.manner = manner
    return response
  }

  package func delayed(_ delay: Duration) -> FakeResponse {
    var response = self
    response.delay = delay
    return response
  }
}

/// A request as a fake server received it.
package struct RecordedRequest: Sendable {
  package let method: String
  /// Path and query as sent.
  package let path: String
  /// Names in lower case; values of one name joined by `, `.
  package let headers: [String: String]
  package let body: [UInt8]
  /// Monotonic nanoseconds at its last byte.
  package let arrival: UInt64
  /// Counted from 0 in order of acceptance.
  package let connection: Int

  package var text: String { String(decoding: body, as: UTF8.self) }
  /// `nil` when the body is not JSON.
  package var json: JSONValue? { JSONValue(parsing: body) }
}
