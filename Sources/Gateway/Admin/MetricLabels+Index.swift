import Core

/// Places in preallocated arrays; a switch costs nothing where a search of `allCases` would.
extension Level {
  var index: Int {
    switch self {
    case .debug: 0
    case .info: 1
    case .error: 2
    case .infoCTG: 3
    case .errorCTG: 4
    case .monitor: 5
    }
  }
}

extension StoredIn {
  var index: Int {
    switch self {
    case .broker: 0
    case .spool: 1
    case .none: 2
    }
  }
}

extension MetricPath {
  var index: Int {
    switch self {
    case .log: 0
    case .health: 1
    case .healthLive: 2
    case .healthReady: 3
    case .metrics: 4
    case .other: 5
    }
  }
}

extension RejectionReason {
  var index: Int {
    switch self {
    case .malformedRequest: 0
    case .invalidJSON: 1
    case .invalidEvent: 2
    case .conflict: 3
    case .unauthorized: 4
    case .forbidden: 5
    case .tooLarge: 6
    case .mediaType: 7
    case .timeout: 8
    case .rateLimited: 9
    case .unavailable: 10
    case .draining: 11
    case .overloaded: 12
    case .connectionLimit: 13
    }
  }
}

extension DeliverySink {
  var index: Int {
    switch self {
    case .logbeacon: 0
    case .telegram: 1
    case .webhook: 2
    case .console: 3
    }
  }
}

extension HTTPStatus {
  var index: Int {
    switch self {
    case .ok: 0
    case .accepted: 1
    case .noContent: 2
    case .badRequest: 3
    case .unauthorized: 4
    case .forbidden: 5
    case .notFound: 6
    case .methodNotAllowed: 7
    case .requestTimeout: 8
    case .conflict: 9
    case .lengthRequired: 10
    case .contentTooLarge: 11
    case .uriTooLong: 12
    case .unsupportedMediaType: 13
    case .expectationFailed: 14
    case .misdirectedRequest: 15
    case .unprocessableContent: 16
    case .tooManyRequests: 17
    case .requestHeaderFieldsTooLarge: 18
    case .internalServerError: 19
    case .notImplemented: 20
    case .serviceUnavailable: 21
    case .httpVersionNotSupported: 22
    }
  }
}
