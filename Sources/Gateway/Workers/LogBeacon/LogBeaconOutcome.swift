import Core
import HTTPClient

/// What LogBeacon's answers mean (contracts.md §7).
struct LogBeaconOutcome {
  let retry: RetryPolicy
  /// Where in a JSON body a new key may stand; each a path of names.
  let keyFields: [[String]]
  /// How much of an answer is kept, in Unicode scalars.
  let responseScalars: Int

  init(_ settings: Settings, _ domain: Settings.LogBeacon) {
    retry = RetryPolicy(settings.retry)
    keyFields = domain.keyFields.map { $0.split(separator: ".").map(String.init) }
    responseScalars = settings.limits.response
  }

  /// The key that an answer brings: from its header, else from the first field that has one.
  func newKey(in response: HTTPResponse, reader: AnswerReader) -> String? {
    if let key = response.header("x-new-api-key"), !key.isEmpty { return key }
    guard response.body.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") else { return nil }
    for field in keyFields {
      if let key = reader.string(at: field, in: response.body), !key.isEmpty { return key }
    }
    return nil
  }

  /// `isCurrent`: the call was made with the key that is current now, after the answer was looked through for one.
  func outcome(
    of response: HTTPResponse, isCurrent: Bool, secrets: @autoclosure () -> [String], now: Moment
  ) -> SendOutcome {
    func failure() -> SendFailure { SendFailure(response, scalars: responseScalars, secrets: secrets()) }
    switch response.status {
    case 401, 403:
      return isCurrent
        ? .laneRefused(failure(), probeAfter: retry.backoff.maxDelay) : .again(failure())
    default:
      switch RetryPolicy.classify(status: response.status) {
      case .success: return .delivered(proven: isCurrent)
      case .poison: return .rejected(failure())
      case .retry:
        let wish = response.header("retry-after").flatMap { RetryAfter.parse($0, now: now.unix) }
        return .failed(failure(), fault: .message, retryAfter: wish)
      }
    }
  }
}
