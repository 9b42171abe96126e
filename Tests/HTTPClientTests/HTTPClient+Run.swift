import Fakes
import HTTPClient

extension HTTPClient {
  /// A client for tests; the options may be changed.
  static func make(_ change: (inout Options) -> Void = { _ in }) throws -> HTTPClient {
    var options = Options(userAgent: "beacongate/test")
    change(&options)
    return try HTTPClient(options: options)
  }

  /// Polls until every request in flight has come back, at most `limit`.
  func finish(within limit: Duration = .seconds(10)) -> [UInt64: Completion] {
    var done: [UInt64: Completion] = [:]
    let deadline = ContinuousClock.now + limit
    while inFlight > 0, ContinuousClock.now < deadline {
      for completion in poll(timeout: .milliseconds(100)) { done[completion.token] = completion }
    }
    return done
  }

  /// One request from start to end; `nil` when it never comes back.
  func run(_ request: HTTPRequest) -> Result<HTTPResponse, HTTPClientError>? {
    start(request, token: 1)
    return finish()[1]?.result
  }
}

extension HTTPRequest {
  init(_ method: String, _ url: String, body: String = "") {
    self.init(url: url)
    self.method = method
    self.body = Array(body.utf8)
  }
}

extension Result where Success == HTTPResponse, Failure == HTTPClientError {
  var response: HTTPResponse? { try? get() }
  var code: HTTPClientError.Code? { if case .failure(let error) = self { error.code } else { nil } }
  var error: HTTPClientError? { if case .failure(let error) = self { error } else { nil } }
}
