/// Reads a request line and its header section into a `RequestHead`: RFC 9112, strictly, each byte once.
///
/// A fault is found at the byte that makes it one, so that the outcome does not depend on how the bytes were cut.
struct HeadParser: Sendable {
  enum Step { case needMore, complete, refuse(Refusal) }

  private(set) var head = RequestHead()
  private var line = RequestLineParser()
  private var fields = FieldParser(at: 0)
  private var target: RequestTarget?
  private var fieldCount = 0
  private var contentLength: Int?
  private var isChunked = false
  private var asksClose = false
  private var asksKeepAlive = false

  /// False while nothing but empty lines has come.
  var hasBegun: Bool { line.hasBegun }

  mutating func advance(_ bytes: Span<UInt8>, limits: HTTPLimits) -> Step {
    if target == nil {
      switch line.advance(bytes, limits: limits) {
      case .needMore: return .needMore
      case .refuse(let refusal): return .refuse(refusal)
      case .complete: break
      }
      if let refusal = takeLine(bytes) { return .refuse(refusal) }
    }
    let limit = line.start + limits.maxHeaderBytes
    let end = min(bytes.count, limit)
    while true {
      switch fields.next(bytes, upTo: end) {
      case .needMore: return bytes.count >= limit ? .refuse(.headTooLarge) : .needMore
      case .refuse(let refusal): return .refuse(refusal)
      case .field:
        fieldCount += 1
        if fieldCount > limits.maxHeaders { return .refuse(.tooManyFields) }
        if let refusal = takeField(bytes) { return .refuse(refusal) }
      case .end:
        if let refusal = finish(bytes, limits: limits) { return .refuse(refusal) }
        return .complete
      }
    }
  }

  private mutating func takeLine(_ bytes: Span<UInt8>) -> Refusal? {
    head.method = HTTPMethod(bytes, line.method)
    head.minorVersion = line.minorVersion
    if head.method == .other, bytes.equals(line.method, "CONNECT") { return .method }
    guard let target = RequestTarget(bytes, line.target, method: head.method) else { return .target }
    head.path = target.path
    head.query = target.query
    self.target = target
    fields = FieldParser(at: line.position)
    return nil
  }

  @inline(__always)
  private mutating func takeField(_ bytes: Span<UInt8>) -> Refusal? {
    guard let field = KnownField.named(bytes, fields.name) else { return nil }
    let value = fields.value
    switch field {
    case .host: return Self.keep(value, in: &head.host)
    case .contentType: return Self.keep(value, in: &head.contentType)
    case .contentEncoding: return Self.keep(value, in: &head.contentEncoding)
    case .authorization: return Self.keep(value, in: &head.authorization)
    case .idempotencyKey: return Self.keep(value, in: &head.idempotencyKey)
    case .origin: return Self.keep(value, in: &head.origin)
    case .traceparent: head.traceparent = head.traceparent == nil ? value : value.lowerBound..<value.lowerBound
    case .xRequestID: head.xRequestID = head.xRequestID ?? value
    case .contentLength: return takeContentLength(bytes, value)
    case .transferEncoding: return takeTransferEncoding(bytes, value)
    case .connection: takeConnection(bytes, value)
    case .expect: return takeExpect(bytes, value)
    }
    return nil
  }

  private static func keep(_ value: Range<Int>, in slot: inout Range<Int>?) -> Refusal? {
    if slot != nil { return .repeatedField }
    slot = value
    return nil
  }
}

extension HeadParser {
  /// One decimal number, once (RFC 9112 §6.3); one too large to hold is merely too large.
  private mutating func takeContentLength(_ bytes: Span<UInt8>, _ value: Range<Int>) -> Refusal? {
    if contentLength != nil { return .repeatedField }
    if value.isEmpty { return .contentLength }
    var length = 0
    for index in value {
      let byte = bytes[index]
      guard byte.isDecimalDigit else { return .contentLength }
      let (tens, overflow) = length.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(Int(byte - 0x30))
      length = overflow || carry ? .max : sum
    }
    contentLength = length
    return nil
  }

  /// `chunked`, once. An unknown coding before it is 501 (RFC 9112 §6.1), all else is a framing fault.
  private mutating func takeTransferEncoding(_ bytes: Span<UInt8>, _ value: Range<Int>) -> Refusal? {
    if isChunked { return .transferEncoding }
    if bytes.matches(value, ignoringCase: "chunked") {
      isChunked = true
      return nil
    }
    var list = value
    var codings = 0
    var chunkedOnes = 0
    var endsChunked = false
    while let coding = bytes.nextMember(of: &list) {
      endsChunked = bytes.matches(coding, ignoringCase: "chunked")
      codings += 1
      chunkedOnes += endsChunked ? 1 : 0
    }
    return endsChunked && chunkedOnes == 1 && codings > 1 ? .transferCoding : .transferEncoding
  }

  private mutating func takeConnection(_ bytes: Span<UInt8>, _ value: Range<Int>) {
    var list = value
    while let option = bytes.nextMember(of: &list) {
      if bytes.matches(option, ignoringCase: "close") { asksClose = true }
      if bytes.matches(option, ignoringCase: "keep-alive") { asksKeepAlive = true }
    }
  }

  /// HTTP/1.0 expectations are ignored (RFC 9110 §10.1.1).
  private mutating func takeExpect(_ bytes: Span<UInt8>, _ value: Range<Int>) -> Refusal? {
    if head.minorVersion == 0 { return nil }
    guard bytes.matches(value, ignoringCase: "100-continue") else { return .expectation }
    head.expectsContinue = true
    return nil
  }

  /// What only the whole head shows: host, framing, persistence.
  private mutating func finish(_ bytes: Span<UInt8>, limits: HTTPLimits) -> Refusal? {
    head.end = fields.position
    head.keepAlive = !asksClose && (head.minorVersion > 0 || asksKeepAlive)
    if let refusal = checkHost(bytes) { return refusal }
    if isChunked {
      if contentLength != nil { return .lengthAndEncoding }
      if head.minorVersion == 0 { return .transferEncoding }
      head.framing = .chunked
    } else if let contentLength {
      if contentLength > limits.maxBodyBytes { return .bodyTooLarge }
      head.framing = .length(contentLength)
    }
    return nil
  }

  private func checkHost(_ bytes: Span<UInt8>) -> Refusal? {
    guard let host = head.host else { return head.minorVersion == 0 ? nil : .missingHost }
    guard HostField.isValid(bytes, host) else { return .invalidHost }
    guard let target, let authority = target.authority else { return nil }
    return HostField.agree(bytes, host, authority, defaultPort: target.defaultPort) ? nil : .hostMismatch
  }
}
