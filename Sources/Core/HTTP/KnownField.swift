/// The header fields that the gateway acts upon.
enum KnownField: UInt8, Sendable, CaseIterable {
  case host, contentLength, transferEncoding, connection, expect
  case contentType, contentEncoding, authorization, idempotencyKey, origin, traceparent, xRequestID

  var name: String {
    switch self {
    case .host: "host"
    case .contentLength: "content-length"
    case .transferEncoding: "transfer-encoding"
    case .connection: "connection"
    case .expect: "expect"
    case .contentType: "content-type"
    case .contentEncoding: "content-encoding"
    case .authorization: "authorization"
    case .idempotencyKey: "idempotency-key"
    case .origin: "origin"
    case .traceparent: "traceparent"
    case .xRequestID: "x-request-id"
    }
  }

  /// The field of this name in any case, `nil` for one that is of no interest.
  ///
  /// Compares the last 16 bytes as two big-endian words: a request has a dozen names, and most are none of these. The
  /// tests hold the numbers to the names. Bit 0x20 turns letters into lower case and no other token byte into a letter
  /// or a hyphen.
  static func named(_ bytes: Span<UInt8>, _ range: Range<Int>) -> KnownField? {
    guard range.count >= 4, range.count <= 17 else { return nil }
    var high: UInt64 = 0
    var low: UInt64 = 0
    var index = range.lowerBound
    while index < range.upperBound {
      high = high << 8 | low >> 56
      low = low << 8 | UInt64(bytes[index] | 0x20)
      index += 1
    }
    let field: KnownField
    switch (high, low) {
    case (0, 0x686f_7374): field = .host
    case (0, 0x6578_7065_6374): field = .expect
    case (0, 0x6f72_6967_696e): field = .origin
    case (0x636f, 0x6e6e_6563_7469_6f6e): field = .connection
    case (0x74_7261, 0x6365_7061_7265_6e74): field = .traceparent
    case (0x636f_6e74, 0x656e_742d_7479_7065): field = .contentType
    case (0x782d_7265, 0x7175_6573_742d_6964): field = .xRequestID
    case (0x61_7574_686f, 0x7269_7a61_7469_6f6e): field = .authorization
    case (0x636f_6e74_656e, 0x742d_6c65_6e67_7468): field = .contentLength
    case (0x69_6465_6d70_6f74, 0x656e_6379_2d6b_6579): field = .idempotencyKey
    case (0x636f_6e74_656e_742d, 0x656e_636f_6469_6e67): field = .contentEncoding
    case (0x7261_6e73_6665_722d, 0x656e_636f_6469_6e67): field = .transferEncoding
    default: return nil
    }
    // The one name of 17 bytes has lost its first letter.
    if field != .transferEncoding { return range.count < 17 ? field : nil }
    return bytes[range.lowerBound] | 0x20 == UInt8(ascii: "t") ? field : nil
  }
}
