import Core
import HTTPClient
import Integrity

/// How one domain's events are posted to its webhook: signed as Standard Webhooks 1.0.0 says.
///
/// `webhook-id` is the event's id, the same for every attempt; `webhook-timestamp` the time of this attempt in Unix
/// seconds; `webhook-signature` is `v1,` and the base64 of an HMAC-SHA256 over `id.timestamp.body`.
struct WebhookRequest {
  let url: String
  let timeout: Duration
  /// PEM authorities in place of the system's.
  let caFile: String?
  /// As it was written: struck out of answers.
  let secret: Secret
  private let key: WebhookKey

  /// `nil` without a secret, or with one that is none.
  init?(url: String, _ settings: Settings.Webhook) {
    guard let secret = settings.secret, let key = WebhookKey(secret.value) else { return nil }
    self.url = url
    timeout = settings.timeout
    caFile = settings.tls.authority
    self.secret = secret
    self.key = key
  }

  func request(id: String, body: [UInt8], unixSeconds: Int64, digester: Digester) -> HTTPRequest {
    let id = HTTPRequest.headerValue(id)
    var request = HTTPRequest(url: url)
    request.timeout = timeout
    request.caFile = caFile
    request.body = body
    request.headers = [
      ("Content-Type", "application/json"), ("webhook-id", id), ("webhook-timestamp", "\(unixSeconds)"),
      ("webhook-signature", signature(of: body, id: id, unixSeconds: unixSeconds, digester)),
    ]
    return request
  }

  private func signature(of body: [UInt8], id: String, unixSeconds: Int64, _ digester: Digester) -> String {
    var text = Array("\(id).\(unixSeconds).".utf8)
    text += body
    return "v1,\(Base64.encode(digester.authentication(of: text.span, key: key.bytes).bytes))"
  }
}
