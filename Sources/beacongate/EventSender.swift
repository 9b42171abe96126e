import Core
import HTTPClient

/// Posts JSON texts to a gateway, one after another over one connection.
final class EventSender {
  /// What came of one text.
  enum Outcome {
    /// Every event of it is durable.
    case accepted(answer: String)
    /// Refused, in whole or in part; sending it again does not help.
    case refused(problem: String, answer: String)
    /// Not taken now.
    case unavailable(problem: String, answer: String)
  }

  private let client: HTTPClient
  private let template: HTTPRequest

  /// `url` is the gateway's address; `/log` is added where it is missing.
  init(url: String, token: String?) throws(HTTPClientError) {
    client = try HTTPClient(options: .init(userAgent: "beacongate/\(Version.current)", maxConnectionsPerHost: 1))
    var base = url[...]
    while base.hasSuffix("/") { base.removeLast() }
    var request = HTTPRequest(url: base.hasSuffix("/log") ? String(base) : "\(base)/log")
    request.headers = [("Content-Type", "application/json")]
    if let token { request.headers.append(("Authorization", "Bearer \(token)")) }
    request.timeout = .seconds(30)
    template = request
  }

  /// Throws `.invalidRequest` for a URL or token that can never work.
  func post(_ text: [UInt8]) throws(HTTPClientError) -> Outcome {
    var request = template
    request.body = text
    client.start(request, token: 0)
    while true {
      guard let completion = client.poll(timeout: .seconds(60)).first else { continue }
      switch completion.result {
      case .success(let response): return Self.outcome(response)
      case .failure(let error):
        guard error.isRetryable else { throw error }
        return .unavailable(problem: "no answer from the gateway: \(error)", answer: "")
      }
    }
  }

  private static func outcome(_ response: HTTPResponse) -> Outcome {
    let answer = String(decoding: response.body, as: UTF8.self)
    switch (response.status, RetryPolicy.classify(status: response.status)) {
    // A quote inside a client's text is escaped, so only the gateway itself can have written this.
    case (202, _) where answer.contains(#""status":"partial""#):
      return .refused(problem: "the gateway refused a part of the batch", answer: answer)
    case (202, _): return .accepted(answer: answer)
    case (_, .success): return .unavailable(problem: "the answer is not a gateway's", answer: answer)
    case (let status, .retry): return .unavailable(problem: "the gateway answered \(status)", answer: answer)
    case (let status, .poison): return .refused(problem: "the gateway answered \(status)", answer: answer)
    }
  }
}
