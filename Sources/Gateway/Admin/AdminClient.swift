import Core
import HTTPClient

/// Asks the admin listener of a running gateway, one request after another.
final class AdminClient {
  /// Where it asks, without a slash at the end.
  let base: String
  private let token: Secret?
  private let probe: HTTPProbe
  /// What to do where no gateway answers.
  private let hint: String
  private let reader = AnswerReader()

  static let stranger = AdminClientError(.absent, "what answers there is no gateway's admin listener")

  /// `url` is the admin listener's; `nil`: the first of `admin.listen` that can be called. `timeout` is the longest wait for one
  /// answer, `purpose` what the user agent says it is for.
  init(_ settings: Settings, url: String?, timeout: Duration, purpose: String, hint: String) throws(AdminClientError) {
    guard let url = url ?? settings.admin.listen.lazy.compactMap({ $0.url() }).first else {
      throw AdminClientError(.unusable, "admin.listen names no address that can be called; name one with --url")
    }
    base = url.hasSuffix("/") ? String(url.dropLast()) : url
    token = settings.admin.token
    probe = HTTPProbe(timeout: timeout, purpose: purpose)
    self.hint = hint
  }

  /// The body of an answer 200. `isMissingRefusal`: a 404 speaks of what was asked for, not of a stranger.
  func ask(
    _ method: String, _ path: String, _ body: [UInt8] = [], isMissingRefusal: Bool = false
  ) throws(AdminClientError) -> [UInt8] {
    var request = probe.get(base + path, token: token)
    request.method = method
    request.body = body
    if !body.isEmpty { request.headers.append(("Content-Type", "application/json")) }
    let response: HTTPResponse
    switch probe.ask([request])[0].result {
    case .success(let answer): response = answer
    case .failure(let error) where !error.isRetryable: throw AdminClientError(.unusable, "\(base): \(error)")
    case .failure(let error):
      throw AdminClientError(.absent, "no gateway answers at \(base) (\(SinkReading.Fault(error).text)); \(hint)")
    }
    guard response.status != 200 else { return response.body }
    guard let detail = reader.string(at: ["detail"], in: response.body) else { throw Self.stranger }
    switch response.status {
    case 404 where isMissingRefusal: throw AdminClientError(.refused, detail)
    case 400: throw AdminClientError(.refused, detail)
    case 401:
      throw AdminClientError(.absent, "\(detail) It is admin.token of the settings, or BEACONGATE_ADMIN_TOKEN.")
    default: throw AdminClientError(.absent, detail)
    }
  }
}

/// Why there is no answer.
package struct AdminClientError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: Sendable, Equatable {
    /// Nobody is there who could answer now.
    case absent
    /// The gateway does not understand what is asked, or has no such letter.
    case refused
    /// The address or the token can never work.
    case unusable
  }

  package let code: Code
  package let description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }

  package var exitCode: ExitCode {
    switch code {
    case .absent: .unavailable
    case .refused: .badInput
    case .unusable: .usage
    }
  }
}
