/// The value of a `Retry-After` header (RFC 9110 §10.2.3): a number of seconds, or an HTTP date.
package enum RetryAfter {
  /// Milliseconds from `now` (Unix milliseconds) on; `nil` for anything that is neither. A date that has passed is 0.
  package static func parse(_ value: String, now: Int64) -> Int64? {
    let text = Array(value.utf8).trimmed
    guard !text.isEmpty else { return nil }
    if text.allSatisfy({ $0.isDigit }) { return seconds(text) }
    return HTTPDate.parse(text, now: now / 1000).map { max(0, $0 * 1000 - now) }
  }

  /// Numbers too long to count are as long as can be said: the caller bounds them anyway.
  private static func seconds(_ digits: [UInt8]) -> Int64 {
    var total: Int64 = 0
    for digit in digits {
      guard total < Int64.max / 20_000 else { return Int64.max / 2 }
      total = total * 10 + Int64(digit - UInt8(ascii: "0"))
    }
    return total * 1000
  }
}

extension [UInt8] {
  /// Without the spaces and tabs at either end.
  fileprivate var trimmed: [UInt8] {
    let isBlank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) }) else {
      return []
    }
    return Array(self[first...last])
  }
}

extension UInt8 {
  fileprivate var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
}
