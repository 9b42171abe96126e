import HTTPClient

extension HTTPRequest {
  /// An id as a header can carry it: ours is as it stands, an older producer's may hold anything.
  static func headerValue(_ id: String) -> String {
    let bytes = id.utf8Span.span
    guard bytes.indices.contains(where: { bytes[$0] <= 0x20 || bytes[$0] >= 0x7F }) else { return id }
    var value: [UInt8] = []
    let digits = Array("0123456789ABCDEF".utf8)
    for byte in id.utf8 {
      if byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "%") {
        value.append(byte)
      } else {
        value += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: value, as: UTF8.self)
  }
}
