import Core
import HTTPClient
import Platform

/// Asks several addresses at once and waits for all of them, each within one time.
struct HTTPProbe {
  typealias Answer = (result: Result<HTTPResponse, HTTPClientError>, took: Duration)

  /// Metrics of many domains are long.
  private static let maxAnswerBytes = 16 << 20

  let timeout: Duration
  /// What the user agent says it is for.
  var purpose = "doctor"

  /// In the order of `requests`.
  func ask(_ requests: [HTTPRequest]) -> [Answer] {
    let failed: Answer = (.failure(HTTPClientError(code: .timeout, description: "no answer in time")), timeout)
    var answers = [Answer](repeating: failed, count: requests.count)
    guard !requests.isEmpty else { return [] }
    do throws(HTTPClientError) {
      var options = HTTPClient.Options(userAgent: "beacongate/\(Version.current) (\(purpose))")
      options.connectTimeout = timeout
      options.maxResponseBytes = Self.maxAnswerBytes
      let client = try HTTPClient(options: options)
      for (index, request) in requests.enumerated() {
        var request = request
        request.timeout = timeout
        client.start(request, token: UInt64(index))
      }
      while client.inFlight > 0 {
        for completion in client.poll(timeout: timeout) {
          answers[Int(completion.token)] = (completion.result, completion.duration)
        }
      }
      return answers
    } catch {
      return requests.map { _ in (.failure(error), .zero) }
    }
  }

  func get(_ url: String, token: Secret? = nil) -> HTTPRequest {
    var request = HTTPRequest(url: url)
    request.method = "GET"
    if let token { request.headers.append(("Authorization", "Bearer \(token.value)")) }
    return request
  }
}

extension SinkReading.Fault {
  init(_ error: HTTPClientError) {
    switch error.code {
    case .invalidRequest: self.init(.invalid, error.description)
    case .resolve: self.init(.resolve, "the host's name has no address")
    case .connect: self.init(.connect, "nobody answers there")
    case .tls: self.init(.tls, "TLS failed: \(error.description)")
    case .timeout: self.init(.timeout, "no answer in time")
    case .disconnected: self.init(.other, "the connection was closed before an answer")
    case .responseTooLarge, .other: self.init(.other, error.description)
    }
  }
}
