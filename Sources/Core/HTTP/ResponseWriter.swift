/// Appends complete HTTP/1.1 answers to a connection's output.
package enum ResponseWriter {
  /// The interim answer to `Expect: 100-continue`.
  package static let continueResponse: StaticString = "HTTP/1.1 100 Continue\r\n\r\n"

  /// Appends head and body. `toHead`: the request was HEAD, so the body's length is told and the body left out.
  package static func append(
    _ head: ResponseHead, date: ResponseDate, body: Span<UInt8>, toHead: Bool = false, to bytes: inout [UInt8]
  ) {
    appendFields(head, date: date, to: &bytes)
    if head.status != .noContent {
      bytes.append("Content-Length: ")
      bytes.append(decimal: body.count)
      bytes.append("\r\n")
    }
    bytes.append("\r\n")
    if !toHead && head.status != .noContent { bytes.append(body) }
  }

  /// Appends head and the body that `write` appends, of which no copy is made; not for 204.
  package static func append(
    _ head: ResponseHead, date: ResponseDate, toHead: Bool = false, to bytes: inout [UInt8],
    body write: (inout [UInt8]) -> Void
  ) {
    appendFields(head, date: date, to: &bytes)
    let length = LengthField(at: &bytes)
    let start = bytes.count
    write(&bytes)
    let count = bytes.count - start
    if toHead { bytes.removeLast(count) }
    length.set(count, in: &bytes)
  }

  /// Appends the head of an answer whose body follows piece by piece.
  package static func append(opening head: ResponseHead, date: ResponseDate, to bytes: inout [UInt8]) {
    appendFields(head, date: date, to: &bytes)
    if head.isChunked { bytes.append("Transfer-Encoding: chunked\r\n") }
    bytes.append("\r\n")
  }

  /// Appends a piece of a chunked body (RFC 9112 §7.1); the last one ends it. An empty one that is not the last is nothing.
  package static func append(chunk: Span<UInt8>, isLast: Bool, to bytes: inout [UInt8]) {
    if !chunk.isEmpty {
      bytes.append(contentsOf: String(chunk.count, radix: 16).utf8)
      bytes.append("\r\n")
      bytes.append(chunk)
      bytes.append("\r\n")
    }
    if isLast { bytes.append("0\r\n\r\n") }
  }

  /// Everything up to Content-Length.
  static func appendFields(_ head: ResponseHead, date: ResponseDate, to bytes: inout [UInt8]) {
    bytes.append("HTTP/1.1 ")
    bytes.append(head.status.text)
    bytes.append("\r\nServer: beacongate\r\nDate: ")
    date.append(to: &bytes)
    bytes.append("\r\nCache-Control: no-store\r\n")
    if let mediaType = head.mediaType {
      bytes.append("Content-Type: ")
      bytes.append(mediaType.text)
      bytes.append("\r\n")
    }
    if let seconds = head.retryAfter {
      bytes.append("Retry-After: ")
      bytes.append(decimal: seconds)
      bytes.append("\r\n")
    }
    if let allow = head.allow {
      bytes.append("Allow: ")
      allow.append(to: &bytes)
      bytes.append("\r\n")
    }
    if head.asksForToken {
      bytes.append(#"WWW-Authenticate: Bearer realm="beacongate""#)
      if head.namesInvalidToken { bytes.append(#", error="invalid_token""#) }
      bytes.append("\r\n")
    }
    if head.asksForToken, head.offersBasic {
      bytes.append(#"WWW-Authenticate: Basic realm="beacongate", charset="UTF-8""#)
      bytes.append("\r\n")
    }
    if let policy = head.contentPolicy {
      bytes.append("Content-Security-Policy: ")
      bytes.append(policy.span)
      bytes.append("\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n")
    }
    if head.namesCodings {
      bytes.append("Accept-Encoding: ")
      bytes.append(ContentCoding.acceptEncoding)
      bytes.append("\r\n")
    }
    appendOwn(head, to: &bytes)
  }

  /// What the answers to two like requests may differ in.
  static func appendOwn(_ head: ResponseHead, to bytes: inout [UInt8]) {
    if let id = head.requestID {
      bytes.append("X-Request-Id: ")
      bytes.append(id.span)
      bytes.append("\r\n")
    }
    switch head.connection {
    case .persistent: break
    case .keepAlive: bytes.append("Connection: keep-alive\r\n")
    case .close: bytes.append("Connection: close\r\n")
    }
  }
}

/// A Content-Length that is written before its body: a column for a blank and the three digits that nearly every answer has.
/// A shorter number leaves blanks before it, which RFC 9110 §5.5 allows; a longer one moves the body.
struct LengthField {
  private static let width = 4
  private let start: Int

  /// Appends the field with an empty column, and the empty line.
  init(at bytes: inout [UInt8]) {
    bytes.append("Content-Length:")
    start = bytes.count
    bytes.append("    \r\n\r\n")
  }

  /// Where the body begins.
  var bodyStart: Int { start + Self.width + 4 }

  /// Writes the number into its column, to the right. Nothing but the body follows it.
  func set(_ length: Int, in bytes: inout [UInt8]) {
    var rest = length
    var index = start + Self.width
    while rest > 0 || index == start + Self.width {
      index -= 1
      if index == start {
        bytes.insert(UInt8(ascii: " "), at: start)
        index += 1
      }
      bytes[index] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
  }
}
