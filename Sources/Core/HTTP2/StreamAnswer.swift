/// An answer as HTTP/2 sends it, read back from what `ResponseWriter` has written, so that both protocols say the same.
///
/// Names are in lower case, Connection and Transfer-Encoding are gone (RFC 9113 §8.2); the status line has become `:status`.
package struct StreamAnswer: Sendable {
  package struct Field: Sendable, Equatable {
    package let name: Range<Int>
    package let value: Range<Int>
  }

  package private(set) var bytes: [UInt8]
  package private(set) var fields: [Field] = []
  /// Empty without a body.
  package let body: Range<Int>

  private static let status = ":status".utf8
  /// Where the three digits stand in `HTTP/1.1 202 Accepted`.
  private static let code = 9..<12

  /// `written` is one whole answer.
  package init(_ written: [UInt8]) {
    bytes = written
    body = Self.body(of: written)
    fields.reserveCapacity(8)
    for (index, byte) in Self.status.enumerated() { bytes[index] = byte }
    fields.append(Field(name: 0..<Self.status.count, value: Self.code))
    var start = Self.lineEnd(in: written, from: 0) + 2
    while start + 2 < body.lowerBound {
      let end = Self.lineEnd(in: written, from: start)
      add(line: start..<end)
      start = end + 2
    }
  }

  /// What is behind the empty line.
  private static func body(of bytes: [UInt8]) -> Range<Int> {
    var start = 0
    while start < bytes.count, bytes[start] != .carriageReturn { start = lineEnd(in: bytes, from: start) + 2 }
    return min(start + 2, bytes.count)..<bytes.count
  }

  private mutating func add(line: Range<Int>) {
    guard let colon = bytes.span.firstIndex(of: UInt8(ascii: ":"), in: line) else { return }
    let name = line.lowerBound..<colon
    for index in name { bytes[index] = bytes[index].asciiLowercased }
    guard !bytes.span.equals(name, "connection"), !bytes.span.equals(name, "transfer-encoding") else { return }
    fields.append(Field(name: name, value: bytes.span.trimmed((colon + 1)..<line.upperBound)))
  }

  /// Where the CR of the line that begins at `start` stands.
  private static func lineEnd(in bytes: [UInt8], from start: Int) -> Int {
    bytes.span.firstIndex(of: .carriageReturn, in: start..<bytes.count) ?? bytes.count
  }
}
