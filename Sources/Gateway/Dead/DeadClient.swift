package import Core
import HTTPClient

/// Asks the admin listener of a running gateway about its dead letters, one request after another.
package final class DeadClient {
  /// The longest wait for one answer: the gateway itself waits for its broker.
  private static let timeout = Duration.seconds(60)

  private let base: String
  private let token: Secret?
  private let probe: HTTPProbe
  private let reader = AnswerReader()
  private let listing = DeadListing()

  /// `url` is the admin listener's; `nil`: the first of `admin.listen` that can be called.
  package init(_ settings: Settings, url: String?) throws(DeadClientError) {
    guard let url = url ?? settings.admin.listen.lazy.compactMap({ $0.url() }).first else {
      throw DeadClientError(.unusable, "admin.listen names no address that can be called; name one with --url")
    }
    base = url.hasSuffix("/") ? String(url.dropLast()) : url
    token = settings.admin.token
    probe = HTTPProbe(timeout: Self.timeout, purpose: "dead")
  }

  /// A page of the list. `parameters` are those of `GET /api/dead`.
  package func list(_ parameters: [(name: String, value: String)]) throws(DeadClientError) -> DeadListing.Page {
    let query = parameters.map { "\($0.name)=\(Self.encoded($0.value))" }.joined(separator: "&")
    let body = try ask("GET", "/api/dead\(query.isEmpty ? "" : "?\(query)")")
    guard let page = listing.page(body) else { throw Self.stranger }
    return page
  }

  /// One letter: its row, and the whole answer.
  package func show(_ key: String) throws(DeadClientError) -> (row: DeadListing.Row, json: [UInt8]) {
    let body = try ask("GET", "/api/dead/\(Self.encoded(key))")
    guard let row = listing.row(body) else { throw Self.stranger }
    return (row, body)
  }

  /// What one request of a replay or purge came to.
  package struct Change: Sendable {
    package let count: Int
    package let cursor: String?
    package let unseen: Int
  }

  /// `members` are those of the body, as JSON text.
  package func change(
    _ task: DeadOrder.Task, _ members: [(name: String, json: String)]
  ) throws(DeadClientError) -> Change {
    let text = members.map { "\"\($0.name)\":\($0.json)" }.joined(separator: ",")
    let body = try ask(
      task == .purge ? "DELETE" : "POST", task == .purge ? "/api/dead" : "/api/dead/replay", Array("{\(text)}".utf8))
    guard let count = reader.integer(at: [task == .purge ? "purged" : "replayed"], in: body),
      let unseen = reader.integer(at: ["unseen"], in: body)
    else { throw Self.stranger }
    return Change(count: Int(count), cursor: reader.string(at: ["cursor"], in: body), unseen: Int(unseen))
  }

  // MARK: Asking

  private static let stranger = DeadClientError(.absent, "what answers there is no gateway's admin listener")

  private func ask(_ method: String, _ path: String, _ body: [UInt8] = []) throws(DeadClientError) -> [UInt8] {
    var request = probe.get(base + path, token: token)
    request.method = method
    request.body = body
    if !body.isEmpty { request.headers.append(("Content-Type", "application/json")) }
    let response: HTTPResponse
    switch probe.ask([request])[0].result {
    case .success(let answer): response = answer
    case .failure(let error) where !error.isRetryable: throw DeadClientError(.unusable, "\(base): \(error)")
    case .failure(let error):
      throw DeadClientError(
        .absent,
        "no gateway answers at \(base) (\(SinkReading.Fault(error).text)); beacongate spool ls reads a stopped one's letters"
      )
    }
    guard response.status != 200 else { return response.body }
    guard let detail = reader.string(at: ["detail"], in: response.body) else { throw Self.stranger }
    switch response.status {
    case 404 where path.count > "/api/dead/".count: throw DeadClientError(.refused, detail)
    case 400: throw DeadClientError(.refused, detail)
    case 401: throw DeadClientError(.absent, "\(detail) It is admin.token of the settings, or BEACONGATE_ADMIN_TOKEN.")
    default: throw DeadClientError(.absent, detail)
    }
  }

  /// RFC 3986 §2.3: all but unreserved characters is percent-encoded.
  private static func encoded(_ text: String) -> String {
    text.utf8.reduce(into: "") { result, byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        result += "%\(digits.count == 1 ? "0" : "")\(digits)"
      }
    }
  }
}

/// Why there is no answer.
package struct DeadClientError: Error, Sendable, Equatable, CustomStringConvertible {
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
}
