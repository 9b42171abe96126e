import Core
import HTTPClient

extension SendFailure {
  /// An answer that is no success: its status and what it said, cut, with `secrets` struck out.
  init(_ response: HTTPResponse, scalars: Int, secrets: [String]) {
    // Cut after the secrets are gone, so that half a secret cannot stay.
    var said = WorkerTexts.response(response.body.span, scalars: HTTPClient.maxResponseBytes)
    for secret in secrets where secret.utf8.count >= 4 { said = said.replacing(secret, with: "***") }
    said = WorkerTexts.response(said.utf8Span.span, scalars: scalars)
    let status = "HTTP \(response.status)"
    self.init(status: response.status, text: said.isEmpty ? status : "\(status): \(said)")
  }

  init(_ error: HTTPClientError) {
    self.init(status: 0, text: error.description)
  }
}

extension SendOutcome {
  /// A call without an answer. A request that can never be sent is a mistake in the settings, so it buries nothing.
  static func unanswered(_ error: HTTPClientError, retry: RetryPolicy) -> SendOutcome {
    let failure = SendFailure(error)
    guard error.isRetryable else { return .sinkRefused(failure, probeAfter: retry.backoff.maxDelay) }
    switch error.code {
    case .resolve, .connect, .tls: return .failed(failure, fault: .sink, retryAfter: nil)
    case .timeout, .disconnected, .other, .invalidRequest:
      return .failed(failure, fault: .silence, retryAfter: nil)
    case .responseTooLarge: return .failed(failure, fault: .message, retryAfter: nil)
    }
  }
}
