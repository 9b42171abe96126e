/// The statuses that the gateway answers with (contracts: `POST /log`, health).
package enum HTTPStatus: UInt16, Sendable, CaseIterable {
  case ok = 200
  case accepted = 202
  case noContent = 204
  case badRequest = 400
  case unauthorized = 401
  case forbidden = 403
  case notFound = 404
  case methodNotAllowed = 405
  case requestTimeout = 408
  case conflict = 409
  case lengthRequired = 411
  case contentTooLarge = 413
  case uriTooLong = 414
  case unsupportedMediaType = 415
  case expectationFailed = 417
  case misdirectedRequest = 421
  case unprocessableContent = 422
  case tooManyRequests = 429
  case requestHeaderFieldsTooLarge = 431
  case internalServerError = 500
  case notImplemented = 501
  case serviceUnavailable = 503
  case httpVersionNotSupported = 505

  /// Code and reason phrase, as they stand in a status line.
  package var text: StaticString {
    switch self {
    case .ok: "200 OK"
    case .accepted: "202 Accepted"
    case .noContent: "204 No Content"
    case .badRequest: "400 Bad Request"
    case .unauthorized: "401 Unauthorized"
    case .forbidden: "403 Forbidden"
    case .notFound: "404 Not Found"
    case .methodNotAllowed: "405 Method Not Allowed"
    case .requestTimeout: "408 Request Timeout"
    case .conflict: "409 Conflict"
    case .lengthRequired: "411 Length Required"
    case .contentTooLarge: "413 Content Too Large"
    case .uriTooLong: "414 URI Too Long"
    case .unsupportedMediaType: "415 Unsupported Media Type"
    case .expectationFailed: "417 Expectation Failed"
    case .misdirectedRequest: "421 Misdirected Request"
    case .unprocessableContent: "422 Unprocessable Content"
    case .tooManyRequests: "429 Too Many Requests"
    case .requestHeaderFieldsTooLarge: "431 Request Header Fields Too Large"
    case .internalServerError: "500 Internal Server Error"
    case .notImplemented: "501 Not Implemented"
    case .serviceUnavailable: "503 Service Unavailable"
    case .httpVersionNotSupported: "505 HTTP Version Not Supported"
    }
  }
}
