import Core
import HTTPClient

/// What the Bot API's answers mean (contracts.md §8).
struct TelegramOutcome {
  let retry: RetryPolicy
  /// How much of an answer is kept, in Unicode scalars.
  let responseScalars: Int

  /// How often a chat that refuses us is tried, in milliseconds.
  static let chatProbe: Int64 = 600_000
  /// The wait after a 429 that names none, in milliseconds.
  static let unnamedWait: Int64 = 5000

  init(_ settings: Settings) {
    retry = RetryPolicy(settings.retry)
    responseScalars = settings.limits.response
  }

  /// What a 400 says, in lower case, when the chat is to blame and not the message.
  private static let chatFaults = [
    "chat not found", "group chat was deactivated", "not enough rights", "have no rights", "chat_write_forbidden",
    "message thread not found", "topic_closed", "topic_deleted", "peer_id_invalid",
  ]

  /// The chat that this one became, if the answer says so.
  func migration(in response: HTTPResponse, reader: AnswerReader) -> String? {
    guard response.status == 400 else { return nil }
    return reader.integer(at: ["parameters", "migrate_to_chat_id"], in: response.body).map(String.init)
  }

  func outcome(of response: HTTPResponse, token: Secret, reader: AnswerReader, now: Moment) -> SendOutcome {
    let failure = SendFailure(response, scalars: responseScalars, secrets: [token.value])
    let retryAfter = wish(in: response, reader: reader, now: now)
    switch response.status {
    case 200..<300:
      let isSent = reader.value(at: ["ok"], in: response.body).map { $0.text == "true" } ?? false
      // Something else than the Bot API answered: nothing is known to be sent.
      return isSent ? .delivered(proven: true) : .failed(failure, fault: .message, retryAfter: retryAfter)
    case 429: return .limited(failure, retryAfter: max(1, retryAfter ?? Self.unnamedWait))
    case 401, 404: return .sinkRefused(failure, probeAfter: retry.backoff.maxDelay)
    case 403: return .laneRefused(failure, probeAfter: Self.chatProbe)
    case 400 where isChatFault(response, reader): return .laneRefused(failure, probeAfter: Self.chatProbe)
    default:
      switch RetryPolicy.classify(status: response.status) {
      case .poison: return .rejected(failure)
      case .retry, .success: return .failed(failure, fault: .message, retryAfter: retryAfter)
      }
    }
  }

  private func isChatFault(_ response: HTTPResponse, _ reader: AnswerReader) -> Bool {
    let said = reader.string(at: ["description"], in: response.body)?.lowercased() ?? ""
    return Self.chatFaults.contains { said.contains($0) }
  }

  /// `parameters.retry_after`, else the header, in milliseconds.
  private func wish(in response: HTTPResponse, reader: AnswerReader, now: Moment) -> Int64? {
    if let seconds = reader.integer(at: ["parameters", "retry_after"], in: response.body), seconds >= 0 {
      return min(seconds, Int64.max / 2000) * 1000
    }
    return response.header("retry-after").flatMap { RetryAfter.parse($0, now: now.unix) }
  }
}
