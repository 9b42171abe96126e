import Glibc

/// The head of an answer as it arrives, line by line, bounded; interim (1xx) heads and trailers are left out.
struct ResponseHead {
  /// Status line and header lines with their line ends.
  private(set) var bytes: [UInt8] = []
  private var received = 0
  private var isComplete = false

  /// True once a status line has arrived.
  var hasBegun: Bool { !bytes.isEmpty }

  /// Takes one line; false when the head grows over `HTTPClient.maxResponseHeadBytes`.
  mutating func append(_ line: borrowing Span<UInt8>) -> Bool {
    received += line.count
    guard received <= HTTPClient.maxResponseHeadBytes else { return false }
    if isComplete {
      guard line.count > 4, line[0] == UInt8(ascii: "H"), line[4] == UInt8(ascii: "/") else { return true }
      bytes.removeAll(keepingCapacity: true)
      isComplete = false
    }
    unsafe line.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    isComplete = line.count <= 2
    return true
  }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    received = 0
    isComplete = false
  }

  /// Names in lower case, values trimmed; a folded line continues the value before it (RFC 9112 §5.2).
  static func parse(_ bytes: [UInt8]) -> [(name: String, value: String)] {
    var headers: [(name: String, value: String)] = []
    for line in bytes.split(separator: UInt8(ascii: "\n")).dropFirst() {
      let text = trimmed(line)
      guard let first = line.first, !text.isEmpty else { continue }
      if isBlank(first), let last = headers.indices.last {
        headers[last].value += " " + String(decoding: text, as: UTF8.self)
        continue
      }
      guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else { continue }
      let name = text[..<colon].map { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 }
      let value = trimmed(text[(colon + 1)...])
      headers.append((String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)))
    }
    return headers
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var rest = bytes
    while let first = rest.first, isBlank(first) { rest.removeFirst() }
    while let last = rest.last, isBlank(last) { rest.removeLast() }
    return rest
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
}

/// The last head and its headers: a server repeats itself within a second, and equal heads are not parsed twice.
struct HeadCache {
  private var bytes: [UInt8] = []
  private var headers: [(name: String, value: String)] = []

  mutating func headers(of head: ResponseHead) -> [(name: String, value: String)] {
    if !isKnown(head.bytes) {
      bytes = head.bytes
      headers = ResponseHead.parse(bytes)
    }
    return headers
  }

  private func isKnown(_ other: [UInt8]) -> Bool {
    guard other.count == bytes.count else { return false }
    return unsafe bytes.withUnsafeBytes { left in
      unsafe other.withUnsafeBytes { right in
        guard let left = left.baseAddress, let right = right.baseAddress else { return true }
        return unsafe memcmp(left, right, other.count) == 0
      }
    }
  }
}
