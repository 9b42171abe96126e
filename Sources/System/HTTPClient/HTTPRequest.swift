/// One outgoing request.
package struct HTTPRequest: Sendable, Equatable {
  package var method = "POST"
  /// Absolute `http://` or `https://` URL. May hold a secret: it appears in no error and no description.
  package var url: String
  /// Names and values; a CR, LF or NUL in either refuses the request.
  package var headers: [(name: String, value: String)] = []
  package var body: [UInt8] = []
  /// From start to last byte of the answer.
  package var timeout = Duration.seconds(10)
  /// A PEM file of authorities in place of the client's.
  package var caFile: String?

  package init(url: String) { self.url = url }

  package static func == (a: Self, b: Self) -> Bool {
    a.method == b.method && a.url == b.url && a.body == b.body && a.timeout == b.timeout && a.caFile == b.caFile
      && a.headers.elementsEqual(b.headers) { $0 == $1 }
  }
}

/// The answer to a request; its body is cut after `HTTPClient.maxResponseBytes`.
package struct HTTPResponse: Sendable, Equatable {
  package let status: Int
  /// Names in lower case, in the order received.
  package let headers: [(name: String, value: String)]
  package let body: [UInt8]

  package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// The first header of this lower-case name.
  package func header(_ name: String) -> String? {
    headers.first { $0.name == name }?.value
  }

  package static func == (a: Self, b: Self) -> Bool {
    a.status == b.status && a.body == b.body && a.headers.elementsEqual(b.headers) { $0 == $1 }
  }
}

/// Why a request got no answer: a closed set, fit for a metric label, and a sentence without secrets.
package struct HTTPClientError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable, CaseIterable {
    case invalidRequest = "invalid_request"
    case resolve
    case connect
    case tls
    case timeout
    case disconnected
    /// The head alone is too large; a body is cut.
    case responseTooLarge = "response_too_large"
    case other
  }

  package let code: Code
  package let description: String
  /// libcurl's `CURLcode`.
  package let underlyingCode: Int

  package init(code: Code, description: String, underlyingCode: Int = 0) {
    self.code = code
    self.description = description
    self.underlyingCode = underlyingCode
  }

  /// False only for a request that can never be sent.
  package var isRetryable: Bool { code != .invalidRequest }
}
