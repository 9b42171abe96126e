import Core
import FoundationEssentials
import HTTPClient

/// What an attempt's end means for its call.
enum Answer {
  enum Verdict {
    case settled(Result<LogReceipt, LogSystemError>)
    /// Worth another attempt; `retryAfter` is the gateway's wish in milliseconds.
    case failed(LogSystemError, retryAfter: Int64?)
  }

  /// `now` is Unix time in milliseconds.
  static func verdict(_ result: Result<HTTPResponse, HTTPClientError>, now: Int64) -> Verdict {
    switch result {
    case .failure(let error):
      guard error.isRetryable else { return .settled(.failure(LogSystemError(.invalid, error.description))) }
      return .failed(LogSystemError(.unavailable, error.description), retryAfter: nil)
    case .success(let response):
      switch RetryPolicy.classify(status: response.status) {
      case .success: return .settled(receipt(response))
      case .poison: return .settled(.failure(LogSystemError(.refused, sentence(response), status: response.status)))
      case .retry:
        let error = LogSystemError(.unavailable, sentence(response), status: response.status)
        let wish = response.header("retry-after").flatMap { RetryAfter.parse($0, now: now) }
        return .failed(error, retryAfter: wish)
      }
    }
  }

  /// A receipt only for the gateway's own 202: a 2xx of something else on that port promises nothing.
  private static func receipt(_ response: HTTPResponse) -> Result<LogReceipt, LogSystemError> {
    guard response.status == 202,
      let accepted = try? JSONDecoder().decode(Accepted.self, from: Data(response.body)),
      accepted.status == "accepted", let stored = LogReceipt.Store(rawValue: accepted.stored)
    else {
      return .failure(LogSystemError(.unreadableAnswer, "the answer is not a gateway's", status: response.status))
    }
    return .success(
      LogReceipt(
        id: accepted.id, stored: stored, isDuplicate: accepted.duplicate ?? false, routes: accepted.routes ?? [],
        truncated: accepted.truncated ?? []))
  }

  private static func sentence(_ response: HTTPResponse) -> String {
    let problem = try? JSONDecoder().decode(Problem.self, from: Data(response.body))
    let fields = (problem?.errors ?? []).compactMap { error in
      error.detail.map { detail in error.field.map { "\($0): \(detail)" } ?? detail }
    }
    let parts = [problem?.detail ?? problem?.title].compactMap { $0 } + fields
    return "the gateway answered \(response.status)" + (parts.isEmpty ? "" : ": " + parts.joined(separator: "; "))
  }
}

extension Answer {
  private struct Accepted: Decodable {
    let id: String
    let status: String
    let stored: String
    let duplicate: Bool?
    let routes: [String]?
    let truncated: [String]?
  }

  /// RFC 9457 with the gateway's list of bad fields.
  private struct Problem: Decodable {
    struct Field: Decodable {
      let field: String?
      let detail: String?
    }
    let title: String?
    let detail: String?
    let errors: [Field]?
  }
}
