/// A request target taken apart (RFC 9112 §3.2). Ranges lie in the message's bytes.
struct RequestTarget: Sendable, Equatable {
  var path = 0..<0
  var query: Range<Int>?
  /// Host and port of an absolute-form target.
  var authority: Range<Int>?
  private var isHTTPS = false

  /// The port that an absolute-form target's scheme implies.
  var defaultPort: String { isHTTPS ? "443" : "80" }

  /// Takes origin-form, absolute-form with `http` or `https`, and `*` for OPTIONS; `nil` for everything else.
  init?(_ bytes: Span<UInt8>, _ range: Range<Int>, method: HTTPMethod) {
    switch bytes[range.lowerBound] {
    case UInt8(ascii: "/"):
      guard take(bytes, range) else { return nil }
    case UInt8(ascii: "*"):
      guard range.count == 1, method == .options else { return nil }
      path = range
    default:
      guard takeAbsolute(bytes, range) else { return nil }
    }
  }

  private mutating func take(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    let mark = bytes.firstIndex(of: UInt8(ascii: "?"), in: range)
    path = range.lowerBound..<(mark ?? range.upperBound)
    if let mark { query = (mark + 1)..<range.upperBound }
    return bytes.isEncoded(path, in: .path) && (query.map { bytes.isEncoded($0, in: .query) } ?? true)
  }

  private mutating func takeAbsolute(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":"), in: range), range.upperBound - colon > 3,
      bytes.equals((colon + 1)..<(colon + 3), "//")
    else { return false }
    let scheme = range.lowerBound..<colon
    isHTTPS = bytes.matches(scheme, ignoringCase: "https")
    guard isHTTPS || bytes.matches(scheme, ignoringCase: "http") else { return false }
    let start = colon + 3
    var end = start
    while end < range.upperBound, bytes[end] != UInt8(ascii: "/"), bytes[end] != UInt8(ascii: "?") { end += 1 }
    guard HostField.isValid(bytes, start..<end), end > start, bytes[start] != UInt8(ascii: ":") else { return false }
    authority = start..<end
    guard take(bytes, end..<range.upperBound) else { return false }
    // An empty path is `/` (RFC 9110 §4.2.3); the scheme's second slash reads the same.
    if path.isEmpty { path = (colon + 2)..<(colon + 3) }
    return true
  }
}

/// The grammar of a Host field: `uri-host [":" port]` (RFC 9110 §7.2), empty allowed.
enum HostField {
  static func isValid(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    let (name, port) = split(bytes, range)
    if let port {
      for index in port where !bytes[index].isDecimalDigit { return false }
      if port.count > 5 { return false }
    }
    guard !name.isEmpty, bytes[name.lowerBound] == UInt8(ascii: "[") else {
      return bytes.isEncoded(name, in: .registeredName)
    }
    guard name.count > 2, bytes[name.upperBound - 1] == UInt8(ascii: "]") else { return false }
    for index in (name.lowerBound + 1)..<(name.upperBound - 1) {
      let byte = bytes[index]
      guard byte.hexadecimalValue != nil || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".") else { return false }
    }
    return true
  }

  /// True if both name one host and port; letters in any case, a missing port is `defaultPort`.
  static func agree(_ bytes: Span<UInt8>, _ a: Range<Int>, _ b: Range<Int>, defaultPort: String) -> Bool {
    let (nameA, portA) = split(bytes, a)
    let (nameB, portB) = split(bytes, b)
    guard nameA.count == nameB.count else { return false }
    for offset in 0..<nameA.count
    where bytes[nameA.lowerBound + offset].asciiLowercased != bytes[nameB.lowerBound + offset].asciiLowercased {
      return false
    }
    switch (portA.flatMap { $0.isEmpty ? nil : $0 }, portB.flatMap { $0.isEmpty ? nil : $0 }) {
    case (nil, nil): return true
    case (let port?, nil), (nil, let port?): return bytes.equals(port, defaultPort)
    case (let portA?, let portB?):
      guard portA.count == portB.count else { return false }
      for offset in 0..<portA.count where bytes[portA.lowerBound + offset] != bytes[portB.lowerBound + offset] {
        return false
      }
      return true
    }
  }

  /// Parts at the last colon that is not inside an IPv6 literal.
  private static func split(_ bytes: Span<UInt8>, _ range: Range<Int>) -> (name: Range<Int>, port: Range<Int>?) {
    var index = range.upperBound
    while index > range.lowerBound {
      index -= 1
      let byte = bytes[index]
      if byte == UInt8(ascii: ":") { return (range.lowerBound..<index, (index + 1)..<range.upperBound) }
      if byte == UInt8(ascii: "]") { break }
    }
    return (range, nil)
  }
}
