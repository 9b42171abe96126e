import Core
import JSON

/// A copy as one line of NDJSON.
package final class SpoolRecord {
  private let reader = JSONReader(maxItems: 1)

  package init() {}

  /// With a line feed. A body that is not one JSON object, and that of a damaged copy, stands in `body_base64`.
  package func line(_ copy: SpoolCopy, of queue: SpoolQueue) -> [UInt8] {
    var line = Array(#"{"queue":"#.utf8)
    line.appendJSONString(Array(queue.name.utf8).span)
    line.append(#","domain":"#)
    line.appendJSONString(Array(queue.domain.utf8).span)
    line.append(#","sequence":"#)
    line.append(decimal: Int(copy.sequence))
    line.append(#","id":"#)
    line.appendJSONString(Array(String(decoding: copy.id, as: UTF8.self).utf8).span)
    if let audience = copy.audience {
      line.append(#","audience":"#)
      line.appendJSONString(audience.rawValue.utf8Span.span)
    }
    line.append(#","state":"#)
    line.appendJSONString(copy.state.rawValue.utf8Span.span)
    append("stored_at", copy.storedAt, to: &line)
    if let due = copy.dueAt { append("due_at", due, to: &line) }
    line.append(#","attempt":"#)
    line.append(decimal: copy.attempt)
    if let death = copy.death { append(death, to: &line) }
    if !copy.isIntact { line.append(#","damaged":true"#) }
    append(body: copy.body, isIntact: copy.isIntact, to: &line)
    line.append("}\n")
    return line
  }

  private func append(_ death: SpoolCopy.Death, to line: inout [UInt8]) {
    line.append(#","reason":"#)
    line.appendJSONString(Array(death.reason.utf8).span)
    line.append(#","last_status":"#)
    line.append(decimal: Int(death.lastStatus))
    line.append(#","last_error":"#)
    line.appendJSONString(Array(death.lastError.utf8).span)
    append("died_at", death.diedAt, to: &line)
  }

  private func append(_ name: StaticString, _ time: Int64, to line: inout [UInt8]) {
    line.append(#",""#)
    line.append(name)
    line.append(#"":"#)
    guard Timestamp.validMilliseconds.contains(time) else {
      line.append("null")
      return
    }
    line.append(#"""#)
    Timestamp.appendUTC(time, to: &line)
    line.append(#"""#)
  }

  /// Appends a body as one more member: `body`, or `body_base64`.
  func append(body: [UInt8], isIntact: Bool, to line: inout [UInt8]) {
    if isIntact, body.count < 1 << 31, reader.read(body.span, as: .value) == .object {
      line.append(#","body":"#)
      // Between its tokens a foreign body may have line feeds, inside its strings none (RFC 8259 §7).
      for byte in body { line.append(byte == 0x0A || byte == 0x0D ? 0x20 : byte) }
    } else {
      line.append(#","body_base64":""#)
      line.append(base64: body)
      line.append(#"""#)
    }
  }
}

extension [UInt8] {
  /// RFC 4648 §4.
  fileprivate mutating func append(base64 bytes: [UInt8]) {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<Swift.min(start + 3, bytes.count)]
      let bits = group.enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element) << (16 - 8 * UInt32($1.offset)) }
      for place in 0..<4 {
        append(place <= group.count ? digits[Int(bits >> (18 - 6 * UInt32(place)) & 63)] : UInt8(ascii: "="))
      }
    }
  }
}
