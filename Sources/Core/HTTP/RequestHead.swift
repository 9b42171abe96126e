/// A request's method. Unknown ones are `other`: well formed, but 501.
package enum HTTPMethod: UInt8, Sendable, CaseIterable {
  case get, head, post, put, delete, options, patch, other

  /// Methods are case-sensitive (RFC 9110 §9.1).
  init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    self =
      switch range.count {
      case 3: bytes.equals(range, "GET") ? .get : bytes.equals(range, "PUT") ? .put : .other
      case 4: bytes.equals(range, "POST") ? .post : bytes.equals(range, "HEAD") ? .head : .other
      case 5: bytes.equals(range, "PATCH") ? .patch : .other
      case 6: bytes.equals(range, "DELETE") ? .delete : .other
      case 7: bytes.equals(range, "OPTIONS") ? .options : .other
      default: .other
      }
  }

  /// The name as it stands in a request line; empty for `other`.
  package var name: StaticString {
    switch self {
    case .get: "GET"
    case .head: "HEAD"
    case .post: "POST"
    case .put: "PUT"
    case .delete: "DELETE"
    case .options: "OPTIONS"
    case .patch: "PATCH"
    case .other: ""
    }
  }
}

/// How a request's body is delimited (RFC 9112 §6).
package enum BodyFraming: Sendable, Equatable {
  /// Neither Content-Length nor Transfer-Encoding: no body.
  case none
  /// Content-Length; never more than `maxBodyBytes`.
  case length(Int)
  case chunked
}

/// A request's line and header section, checked. Ranges lie in the message's bytes, which start at its first byte.
package struct RequestHead: Sendable, Equatable {
  package internal(set) var method = HTTPMethod.other
  /// The path as sent, `/…`, percent-encoding kept; `*` for `OPTIONS *`.
  package internal(set) var path = 0..<0
  /// What follows `?`; `nil` without one.
  package internal(set) var query: Range<Int>?
  /// 0 or 1; a later HTTP/1.x is served as 1.1 (RFC 9110 §2.5).
  package internal(set) var minorVersion: UInt8 = 1
  /// False: the connection is closed after the answer.
  package internal(set) var keepAlive = true
  package internal(set) var framing = BodyFraming.none
  /// The client waits for `100 Continue` before it sends its body.
  package internal(set) var expectsContinue = false

  /// Field values without the blanks around them; `nil` if the field is absent.
  package internal(set) var host: Range<Int>?
  package internal(set) var contentType: Range<Int>?
  package internal(set) var contentEncoding: Range<Int>?
  package internal(set) var authorization: Range<Int>?
  package internal(set) var idempotencyKey: Range<Int>?
  package internal(set) var origin: Range<Int>?
  /// Empty if it was sent more than once, which is none (W3C Trace Context §3.2).
  package internal(set) var traceparent: Range<Int>?
  package internal(set) var xRequestID: Range<Int>?

  /// Where the head ends and the body begins.
  package internal(set) var end = 0

  /// Of a request of which nothing is known.
  package init() {}

  /// The client's own name for the request, to be told back: 1 to 128 visible ASCII characters, else it has none.
  package func requestID(in message: Span<UInt8>) -> [UInt8]? {
    guard let range = xRequestID, 1...128 ~= range.count else { return nil }
    for index in range where message[index] &- 0x21 > 0x5D { return nil }
    var id: [UInt8] = []
    id.append(message.extracting(range))
    return id
  }

  /// What the answer says of its connection.
  package var connection: ResponseHead.Connection {
    keepAlive ? (minorVersion == 0 ? .keepAlive : .persistent) : .close
  }
}
