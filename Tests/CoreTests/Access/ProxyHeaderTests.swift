import Core
import Testing

@Suite("The PROXY header") struct ProxyHeaderTests {
  private static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]

  /// A header of version 2; `length` is told in place of the true one where it is given.
  private static func binary(_ command: UInt8, _ family: UInt8, _ rest: [UInt8], length: Int? = nil) -> [UInt8] {
    let count = length ?? rest.count
    return signature + [command, family, UInt8(count >> 8), UInt8(count & 0xFF)] + rest
  }

  private static let v4: [UInt8] = [192, 0, 2, 7, 10, 0, 0, 1, 0xC0, 0, 0x1F, 0x90]
  private static let v6 =
    [0x20, 1, 0xD, 0xB8] + [UInt8](repeating: 0, count: 11) + [9] + [UInt8](repeating: 1, count: 20)

  /// Headers, and the client that they name.
  static let valid: [(bytes: [UInt8], source: IPAddress?)] = [
    (Array("PROXY TCP4 192.0.2.7 10.0.0.1 49152 8080\r\n".utf8), IPAddress("192.0.2.7")),
    (Array("PROXY TCP6 2001:db8::9 ::1 1 65535\r\n".utf8), IPAddress("2001:db8::9")),
    (Array("PROXY UNKNOWN\r\n".utf8), nil), (Array("PROXY UNKNOWN ffff::1 ::1 1 2\r\n".utf8), nil),
    (binary(0x21, 0x11, v4), IPAddress("192.0.2.7")), (binary(0x21, 0x21, v6), IPAddress("2001:db8::9")),
    (binary(0x20, 0x00, []), nil), (binary(0x20, 0x11, v4), nil), (binary(0x21, 0x00, []), nil),
    // TLVs behind the addresses are left out; a Unix client has no address.
    (binary(0x21, 0x11, v4 + [4, 0, 1, 0]), IPAddress("192.0.2.7")),
    (binary(0x21, 0x31, [UInt8](repeating: 0, count: 216)), nil),
    (binary(0x21, 0x11, v4 + [UInt8](repeating: 0, count: 4096 - 28)), IPAddress("192.0.2.7")),
  ]

  static let invalid: [[UInt8]] = [
    Array("GET / HTTP/1.1\r\n\r\n".utf8), Array("PROXY\r\n".utf8), Array("PROXY  TCP4 1.1.1.1 1.1.1.1 1 1\r\n".utf8),
    Array("PROXY TCP4 1.1.1.1 1.1.1.1 1\r\n".utf8), Array("PROXY TCP4 1.1.1.1 1.1.1.1 1 1 1\r\n".utf8),
    Array("PROXY TCP4 1.1.1.1 1.1.1.1 01 1\r\n".utf8), Array("PROXY TCP4 1.1.1.1 1.1.1.1 1 65536\r\n".utf8),
    Array("PROXY TCP4 1.1.1.1 1.1.1.1 1 +1\r\n".utf8), Array("PROXY TCP4 01.1.1.1 1.1.1.1 1 1\r\n".utf8),
    Array("PROXY TCP4 ::1 ::1 1 1\r\n".utf8), Array("PROXY TCP6 1.1.1.1 1.1.1.1 1 1\r\n".utf8),
    Array("PROXY UDP4 1.1.1.1 1.1.1.1 1 1\r\n".utf8), Array("PROXY TCP4 1.1.1.1 1.1.1.1 1 1\rX".utf8),
    Array("proxy TCP4 1.1.1.1 1.1.1.1 1 1\r\n".utf8), Array("PROXY UNKNOWN \(String(repeating: "x", count: 100))".utf8),
    [0x16, 3, 1], Array("\r\n\r\nX".utf8), binary(0x11, 0x11, v4), binary(0x22, 0x11, v4), binary(0x21, 0x12, v4),
    binary(0x21, 0x41, v4), binary(0x21, 0x11, Array(v4.dropLast())), binary(0x21, 0x21, v4),
    binary(0x21, 0x11, v4, length: 4081), binary(0x20, 0x00, [], length: 65535),
  ]

  private static func read(_ bytes: ArraySlice<UInt8>) -> ProxyHeader {
    let bytes = Array(bytes)
    return ProxyHeader.read(bytes.span)
  }

  @Test("a header names its client, however it is cut and whatever follows", arguments: valid)
  func complete(_ bytes: [UInt8], _ source: IPAddress?) {
    let whole = ProxyHeader.complete(length: bytes.count, source: source)
    for count in 0..<bytes.count { #expect(Self.read(bytes[..<count]) == .needMore, "\(count)") }
    #expect(Self.read(bytes[...]) == whole)
    #expect(Self.read((bytes + Array("GET / HTTP/1.1\r\n".utf8))[...]) == whole)
  }

  @Test("whatever is no header is told so at one byte, and at every later one", arguments: invalid)
  func refused(_ bytes: [UInt8]) {
    var isRefused = false
    for count in 1...bytes.count {
      switch Self.read(bytes[..<count]) {
      case .needMore: #expect(!isRefused, "\(count)")
      case .invalid: isRefused = true
      case .complete: Issue.record("taken at \(count)")
      }
    }
    #expect(isRefused)
  }
}
