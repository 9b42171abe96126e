import Core
import HTTPClient

/// What a webhook's answers mean.
struct WebhookOutcome {
  let retry: RetryPolicy
  /// How much of an answer is kept, in Unicode scalars.
  let responseScalars: Int

  /// The wait after a 429 that names none, in milliseconds.
  static let unnamedWait: Int64 = 5000

  init(_ settings: Settings) {
    retry = RetryPolicy(settings.retry)
    responseScalars = settings.limits.response
  }

  func outcome(of response: HTTPResponse, secret: Secret, now: Moment) -> SendOutcome {
    let failure = { SendFailure(response, scalars: responseScalars, secrets: [secret.value]) }
    let wish = { response.header("retry-after").flatMap { RetryAfter.parse($0, now: now.unix) } }
    switch response.status {
    case 429: return .limited(failure(), retryAfter: max(1, wish() ?? Self.unnamedWait))
    // The secret or the address is wrong for every event: nothing is buried for it. 410 is how a webhook says that it is
    // gone (Standard Webhooks).
    case 401, 403, 410: return .sinkRefused(failure(), probeAfter: retry.backoff.maxDelay)
    default:
      switch RetryPolicy.classify(status: response.status) {
      case .success: return .delivered(proven: true)
      case .poison: return .rejected(failure())
      case .retry: return .failed(failure(), fault: .message, retryAfter: wish())
      }
    }
  }
}
