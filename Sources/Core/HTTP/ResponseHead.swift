/// Everything of an answer but its body.
package struct ResponseHead: Sendable, Equatable {
  /// What becomes of the connection.
  package enum Connection: UInt8, Sendable, Equatable {
    /// It stays open, as HTTP/1.1 has it without a word.
    case persistent
    /// It stays open, which an HTTP/1.0 client must be told.
    case keepAlive
    case close
  }

  /// The content types that we send.
  package enum MediaType: UInt8, Sendable, Equatable {
    case json
    case problem
    case health
    /// Prometheus text, version 0.0.4.
    case metrics
    /// RFC 9512.
    case yaml
    /// Server-sent events.
    case eventStream
    case html

    package var text: StaticString {
      switch self {
      case .json: "application/json"
      case .problem: "application/problem+json"
      case .health: "application/health+json"
      case .metrics: "text/plain; version=0.0.4; charset=utf-8"
      case .yaml: "application/yaml"
      case .eventStream: "text/event-stream"
      case .html: "text/html; charset=utf-8"
      }
    }
  }

  package var status: HTTPStatus
  package var connection: Connection
  /// `nil` where there is no body.
  package var mediaType: MediaType?
  /// Seconds, for 429 and 503.
  package var retryAfter: Int?
  /// For 405 and OPTIONS.
  package var allow: MethodSet?
  /// `WWW-Authenticate: Bearer`, for 401.
  package var asksForToken = false
  /// A browser may send the token as a password: `WWW-Authenticate: Basic` beside the other.
  package var offersBasic = false
  /// The request had a token, but not one that is known (RFC 6750 §3.1).
  package var namesInvalidToken = false
  /// Accept-Encoding with the codings that are read, for a 415 that is about the coding (RFC 9110 §12.5.3).
  package var namesCodings = false
  /// What a browser may do with a page: Content-Security-Policy, with the fields that go along.
  package var contentPolicy: [UInt8]?
  /// The client's X-Request-Id.
  package var requestID: [UInt8]?
  /// A body that comes piece by piece is chunked; without, it ends with the connection. Of no meaning for a whole body.
  package var isChunked = false

  package init(_ status: HTTPStatus, _ mediaType: MediaType?, connection: Connection) {
    self.status = status
    self.mediaType = mediaType
    self.connection = connection
  }

  /// The answer to a problem of this kind; Retry-After and Allow are the caller's.
  package init(_ kind: Problem.Kind, connection: Connection) {
    self.init(kind.status, .problem, connection: connection)
    asksForToken = kind == .unauthorized
  }
}
