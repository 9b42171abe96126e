/// What an AMQP message says of its event beside the body, found in a body of ours without a JSON parser.
///
/// `BodyEncoder` writes the members in a fixed order with nothing between them: `{"v":1,"id":…,"timestamp":…,"domain":…,
/// "program_name":…`. A body that begins otherwise says nothing. `traceparent`, and `target` behind it, are the last members.
package struct MessageProperties: Sendable, Equatable {
  package static let contentType = "application/json"
  /// Of a message whose body is of version 1.
  package static let type = "log.v1"

  /// Where the program's name lies in the body; it needs no escapes.
  package let program: Range<Int>?
  /// Unix seconds.
  package let timestamp: UInt64?
  /// Where the 55 bytes of the trace's place lie in the body.
  package let traceparent: Range<Int>?

  /// Longest program name, in bytes.
  private static let maxProgram = 64

  package init(body: Span<UInt8>) {
    var scan = BodyScan()
    guard scan.take(#"{"v":1,"id":"#, body), scan.string(body) != nil, scan.take(#","timestamp":"#, body),
      let timestamp = scan.string(body), scan.take(#","domain":"#, body), scan.string(body) != nil,
      scan.take(#","program_name":"#, body), let program = scan.string(body), program.count <= Self.maxProgram,
      case .milliseconds(let milliseconds) = Timestamp.parseRFC3339(body.extracting(timestamp))
    else {
      (self.program, self.timestamp, traceparent) = (nil, nil, nil)
      return
    }
    self.program = program
    self.timestamp = UInt64(max(0, milliseconds / 1000))
    traceparent = Self.traceparent(in: body)
  }

  /// What opens the member in a body, from the end of the text before it.
  static let traceLabel = #"","traceparent":""#

  /// Escapes keep the label out of every text.
  private static func traceparent(in body: Span<UInt8>) -> Range<Int>? {
    for ending in [#""}"#, #"","target":"developer"}"#, #"","target":"customer"}"#] {
      let end = body.count - ending.utf8.count
      let start = end - TraceParent.byteCount
      let labelStart = start - traceLabel.utf8.count
      guard labelStart >= 0, body.equals(end..<body.count, ending), body.equals(labelStart..<start, traceLabel),
        TraceParent(body.extracting(start..<end)) != nil
      else { continue }
      return start..<end
    }
    return nil
  }
}

/// The opening members of a body, from left to right.
private struct BodyScan {
  private var index = 0

  mutating func take(_ literal: String, _ body: Span<UInt8>) -> Bool {
    let bytes = literal.utf8.span
    guard body.count - index >= bytes.count else { return false }
    for offset in bytes.indices where body[index + offset] != bytes[offset] { return false }
    index += bytes.count
    return true
  }

  /// What lies between two quotes; `nil` where there is none, or with an escape in it.
  mutating func string(_ body: Span<UInt8>) -> Range<Int>? {
    guard index < body.count, body[index] == UInt8(ascii: "\"") else { return nil }
    let start = index + 1
    var end = start
    while end < body.count, body[end] != UInt8(ascii: "\"") {
      if body[end] == UInt8(ascii: "\\") { return nil }
      end += 1
    }
    guard end < body.count else { return nil }
    index = end + 1
    return start..<end
  }
}
