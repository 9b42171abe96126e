extension RejectionReason {
  /// Why a problem's request brought no event; `nil` for one that was not meant to bring any.
  package init?(_ kind: Problem.Kind) {
    switch kind {
    case .malformedRequest, .lengthRequired, .targetTooLong, .expectationFailed, .headerTooLarge, .notImplemented,
      .versionNotSupported:
      self = .malformedRequest
    case .malformedBody: self = .invalidJSON
    case .invalidEvent: self = .invalidEvent
    case .idConflict: self = .conflict
    case .unauthorized: self = .unauthorized
    case .forbidden: self = .forbidden
    case .contentTooLarge: self = .tooLarge
    case .unsupportedMediaType: self = .mediaType
    case .requestTimeout: self = .timeout
    case .tooManyRequests: self = .rateLimited
    case .unavailable, .internalError: self = .unavailable
    case .notFound, .methodNotAllowed, .misdirectedRequest: return nil
    }
  }
}
