import HTTPClient

/// One event on its way. The bytes are made once: every attempt sends the same.
struct Post: Sendable {
  let id: String
  let body: [UInt8]
  var deadline = ContinuousClock.now
  /// Attempts that failed so far.
  var attempts = 0
  var lastError: LogSystemError?

  init(id: String, body: [UInt8]) {
    self.id = id
    self.body = body
  }

  /// The request that every post fills in. Throws `.invalid` for a URL or token that can never work.
  static func template(
    url: String, token: String?, limits: LogSystem.Limits
  ) throws(LogSystemError) -> HTTPRequest {
    guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
      throw LogSystemError(.invalid, "the gateway's URL does not begin with http:// or https://")
    }
    var base = url[...]
    while base.hasSuffix("/") { base.removeLast() }
    var request = HTTPRequest(url: base.hasSuffix("/log") ? String(base) : "\(base)/log")
    request.headers = [("Content-Type", "application/json")]
    if let token {
      guard token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
        throw LogSystemError(.invalid, "the token holds a blank or a control character")
      }
      request.headers.append(("Authorization", "Bearer \(token)"))
    }
    request.timeout = limits.attemptTimeout
    return request
  }
}
