/// A set of ASCII bytes as two words; no byte from 0x80 up is a member.
struct ByteSet: Sendable {
  private let low: UInt64
  private let high: UInt64

  private init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }

  @inline(__always)
  func contains(_ byte: UInt8) -> Bool {
    if byte >= 0x80 { return false }
    return ((byte < 64 ? low : high) >> UInt64(byte & 63)) & 1 == 1
  }

  // Computed, so that each use folds to its two constants; the tests spell every set out.

  /// `tchar` of RFC 9110 §5.6.2: methods, field names, list members.
  static var token: ByteSet { ByteSet(low: 0x03ff_6cfa_0000_0000, high: 0x57ff_ffff_c7ff_fffe) }
  /// `pchar` of RFC 3986 §3.3 without `%`, and `/`.
  static var path: ByteSet { ByteSet(low: 0x2fff_ffd2_0000_0000, high: 0x47ff_fffe_87ff_ffff) }
  /// `path` and `?` (RFC 3986 §3.4).
  static var query: ByteSet { ByteSet(low: 0xafff_ffd2_0000_0000, high: 0x47ff_fffe_87ff_ffff) }
  /// `reg-name` of RFC 3986 §3.2.2 without `%`.
  static var registeredName: ByteSet { ByteSet(low: 0x2bff_7fd2_0000_0000, high: 0x47ff_fffe_87ff_fffe) }
}
