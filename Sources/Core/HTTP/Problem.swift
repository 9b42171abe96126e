/// What went wrong with a request, as problem details (RFC 9457).
package struct Problem: Error, Sendable, Equatable {
  /// The closed set of problems; raw values end the `type` URI and are fit for a metric label.
  package enum Kind: String, Sendable, CaseIterable {
    case malformedRequest = "malformed-request"
    case malformedBody = "malformed-body"
    case unauthorized
    case forbidden
    case notFound = "not-found"
    case methodNotAllowed = "method-not-allowed"
    case requestTimeout = "request-timeout"
    case idConflict = "id-conflict"
    case lengthRequired = "length-required"
    case contentTooLarge = "content-too-large"
    case targetTooLong = "target-too-long"
    case unsupportedMediaType = "unsupported-media-type"
    case expectationFailed = "expectation-failed"
    case misdirectedRequest = "misdirected-request"
    case invalidEvent = "invalid-event"
    case tooManyRequests = "too-many-requests"
    case headerTooLarge = "header-too-large"
    case internalError = "internal-error"
    case notImplemented = "not-implemented"
    case unavailable
    case versionNotSupported = "version-not-supported"
  }

  /// One bad field of an event (422).
  package struct FieldError: Sendable, Equatable {
    package let field: String
    package let code: String
    package let detail: String

    package init(field: String, code: String, detail: String) {
      self.field = field
      self.code = code
      self.detail = detail
    }
  }

  package let kind: Kind
  package let detail: String
  /// Shown only when there are any.
  package let errors: [FieldError]

  package init(_ kind: Kind, detail: String, errors: [FieldError] = []) {
    self.kind = kind
    self.detail = detail
    self.errors = errors
  }
}

extension Problem.Kind {
  package var status: HTTPStatus {
    switch self {
    case .malformedRequest, .malformedBody: .badRequest
    case .unauthorized: .unauthorized
    case .forbidden: .forbidden
    case .notFound: .notFound
    case .methodNotAllowed: .methodNotAllowed
    case .requestTimeout: .requestTimeout
    case .idConflict: .conflict
    case .lengthRequired: .lengthRequired
    case .contentTooLarge: .contentTooLarge
    case .targetTooLong: .uriTooLong
    case .unsupportedMediaType: .unsupportedMediaType
    case .expectationFailed: .expectationFailed
    case .misdirectedRequest: .misdirectedRequest
    case .invalidEvent: .unprocessableContent
    case .tooManyRequests: .tooManyRequests
    case .headerTooLarge: .requestHeaderFieldsTooLarge
    case .internalError: .internalServerError
    case .notImplemented: .notImplemented
    case .unavailable: .serviceUnavailable
    case .versionNotSupported: .httpVersionNotSupported
    }
  }

  package var title: StaticString {
    switch self {
    case .malformedRequest: "Malformed request"
    case .malformedBody: "Malformed body"
    case .unauthorized: "Unauthorized"
    case .forbidden: "Forbidden"
    case .notFound: "Not found"
    case .methodNotAllowed: "Method not allowed"
    case .requestTimeout: "Request timeout"
    case .idConflict: "Id in use with other content"
    case .lengthRequired: "Length required"
    case .contentTooLarge: "Content too large"
    case .targetTooLong: "Request target too long"
    case .unsupportedMediaType: "Unsupported media type"
    case .expectationFailed: "Expectation failed"
    case .misdirectedRequest: "Misdirected request"
    case .invalidEvent: "Invalid event"
    case .tooManyRequests: "Too many requests"
    case .headerTooLarge: "Header too large"
    case .internalError: "Internal error"
    case .notImplemented: "Not implemented"
    case .unavailable: "Unavailable"
    case .versionNotSupported: "HTTP version not supported"
    }
  }
}
