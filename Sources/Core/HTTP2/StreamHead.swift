/// The field section of an HTTP/2 request (RFC 9113 §8.3), rewritten as the head of an HTTP/1.1 message, so that one parser judges both.
///
/// What HTTP/2 alone forbids is found here, and so is whatever could end a line early; the rest is `HeadParser`'s. One
/// value serves the requests of a connection one after the other.
package struct StreamHead: Sendable {
  package enum Outcome: Sendable, Equatable {
    /// Ranges lie in the bytes of `takeBytes`.
    case head(RequestHead)
    /// Answer this; the connection lives on.
    case refuse(Refusal)
    /// The stream is to be reset with PROTOCOL_ERROR (RFC 9113 §8.1.1).
    case malformed
  }

  private struct Pseudo: Sendable {
    var method: Range<Int>?
    var scheme: Range<Int>?
    var authority: Range<Int>?
    var path: Range<Int>?
  }

  private let limits: HTTPLimits
  private var bytes: [UInt8] = []
  /// The values of the pseudo-header fields, one behind the other.
  private var values: [UInt8] = []
  private var pseudo = Pseudo()
  private var hasFields = false
  private var isMalformed = false
  private var isTooLarge = false
  /// Bytes of all names and values so far, those that were too many as well.
  package private(set) var size = 0

  package init(limits: HTTPLimits) {
    self.limits = limits
  }

  /// A new request begins.
  package mutating func begin() {
    self = StreamHead(keeping: self)
  }

  private init(keeping old: StreamHead) {
    limits = old.limits
    values = old.values
    values.removeAll(keepingCapacity: true)
  }

  /// The request is HEAD, as far as it was read.
  package var isHead: Bool { pseudo.method.map { values.span.equals($0, "HEAD") } ?? false }

  /// One field, in the order of their coming.
  package mutating func add(_ name: Span<UInt8>, _ value: Span<UInt8>) {
    size += name.count + value.count
    guard !isMalformed, hasRoom(name, value) else { return }
    guard !name.isEmpty, Self.isText(value) else { return isMalformed = true }
    if name[0] == UInt8(ascii: ":") { return addPseudo(name, value) }
    guard Self.isName(name), !Self.isOfConnection(name, value) else { return isMalformed = true }
    if !hasFields { startFields() }
    if name.isEqual(to: "host"), let authority = pseudo.authority {
      // The authority stands there already (RFC 9113 §8.3.1).
      if !Self.areSame(value, values.span.extracting(authority)) { isMalformed = true }
      return
    }
    Self.append(name, value, to: &bytes)
  }

  /// The section is complete; `endsStream`: and so is the request.
  package mutating func finish(endsStream: Bool) -> Outcome {
    if isMalformed { return .malformed }
    if isTooLarge { return .refuse(.headTooLarge) }
    guard let method = pseudo.method else { return .malformed }
    if values.span.equals(method, "CONNECT") { return .refuse(.method) }
    guard pseudo.scheme != nil, let path = pseudo.path, isPath(path) else { return .malformed }
    if !hasFields { startFields() }
    bytes.append("\r\n")
    var parser = HeadParser()
    switch parser.advance(bytes.span, limits: limits) {
    case .needMore: return .malformed
    case .refuse(let refusal): return .refuse(refusal)
    case .complete: break
    }
    var head = parser.head
    guard head.end == bytes.count else { return .malformed }
    switch (head.framing, endsStream) {
    case (.length(1...), true): return .malformed
    case (_, true): head.framing = .length(0)
    case (.none, false): head.framing = .chunked
    default: break
    }
    return .head(head)
  }

  /// The HTTP/1.1 message that `finish` has judged.
  package mutating func takeBytes() -> [UInt8] {
    defer { bytes = [] }
    return bytes
  }

  /// Nothing is kept that `HeadParser` would refuse for its size.
  private mutating func hasRoom(_ name: Span<UInt8>, _ value: Span<UInt8>) -> Bool {
    let isPseudo = !name.isEmpty && name[0] == UInt8(ascii: ":")
    let count = isPseudo ? values.count + value.count : bytes.count + name.count + value.count
    if count > limits.maxHeaderBytes { isTooLarge = true }
    return !isTooLarge
  }

  private mutating func addPseudo(_ name: Span<UInt8>, _ value: Span<UInt8>) {
    guard !hasFields else { return isMalformed = true }
    for index in value.indices where value[index] == 0x20 || value[index] == 0x09 { return isMalformed = true }
    let place = values.count..<(values.count + value.count)
    switch true {
    case name.isEqual(to: ":method") where pseudo.method == nil: pseudo.method = place
    case name.isEqual(to: ":scheme") where pseudo.scheme == nil:
      guard value.isEqualIgnoringCase(to: "http") || value.isEqualIgnoringCase(to: "https") else {
        return isMalformed = true
      }
      pseudo.scheme = place
    case name.isEqual(to: ":authority") where pseudo.authority == nil: pseudo.authority = place
    case name.isEqual(to: ":path") where pseudo.path == nil: pseudo.path = place
    default: return isMalformed = true
    }
    values.append(value)
  }

  /// Writes the request line and Host: no pseudo-header field may follow.
  private mutating func startFields() {
    hasFields = true
    let values = values
    bytes.reserveCapacity(512)
    if let method = pseudo.method { bytes.append(values.span.extracting(method)) }
    bytes.append(" ")
    if let path = pseudo.path { bytes.append(values.span.extracting(path)) }
    bytes.append(" HTTP/1.1\r\n")
    if let authority = pseudo.authority {
      Self.append("host".utf8.span, values.span.extracting(authority), to: &bytes)
    }
  }

  private static func append(_ name: Span<UInt8>, _ value: Span<UInt8>, to bytes: inout [UInt8]) {
    bytes.append(name)
    bytes.append(": ")
    bytes.append(value)
    bytes.append("\r\n")
  }

  private func isPath(_ path: Range<Int>) -> Bool {
    guard let first = path.first else { return false }
    return values[first] == UInt8(ascii: "/") || values.span.equals(path, "*")
  }
}

extension StreamHead {
  /// A token in lower case (RFC 9113 §8.2.1).
  private static func isName(_ name: Span<UInt8>) -> Bool {
    for index in name.indices {
      let byte = name[index]
      guard ByteSet.token.contains(byte), byte &- 0x41 > 25 else { return false }
    }
    return true
  }

  /// No control byte, and no blank at either end (RFC 9113 §8.2.1).
  private static func isText(_ value: Span<UInt8>) -> Bool {
    guard !value.isEmpty else { return true }
    return !value[0].isFieldBlank && !value[value.count - 1].isFieldBlank
      && value.endOfFieldText(from: 0, upTo: value.count) == value.count
  }

  /// Letters in any case.
  private static func areSame(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
    guard a.count == b.count else { return false }
    for index in a.indices where a[index].asciiLowercased != b[index].asciiLowercased { return false }
    return true
  }

  /// Fields that speak of a connection have no place in HTTP/2 (RFC 9113 §8.2.2).
  private static func isOfConnection(_ name: Span<UInt8>, _ value: Span<UInt8>) -> Bool {
    name.isEqual(to: "connection") || name.isEqual(to: "transfer-encoding") || name.isEqual(to: "keep-alive")
      || name.isEqual(to: "upgrade") || name.isEqual(to: "proxy-connection")
      || (name.isEqual(to: "te") && !value.isEqualIgnoringCase(to: "trailers"))
  }
}
