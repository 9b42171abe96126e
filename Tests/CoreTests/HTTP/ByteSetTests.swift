import Testing

@testable import Core

@Suite("Byte sets and names")
struct ByteSetTests {
  private static let alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
  private static let subDelimiters = "!$&'()*+,;="

  @Test(
    "each set has exactly the bytes of its grammar",
    arguments: [
      (ByteSet.token, alphanumeric + "!#$%&'*+-.^_`|~"),
      (.path, alphanumeric + "-._~" + subDelimiters + ":@/"),
      (.query, alphanumeric + "-._~" + subDelimiters + ":@/?"),
      (.registeredName, alphanumeric + "-._~" + subDelimiters),
    ])
  func members(set: ByteSet, members: String) {
    let expected = Set(members.utf8)
    for byte in UInt8.min...UInt8.max { #expect(set.contains(byte) == expected.contains(byte), "\(byte)") }
  }

  @Test("every header name is known in any case, and nothing near it is", arguments: KnownField.allCases)
  func names(field: KnownField) {
    func named(_ text: String) -> KnownField? {
      let bytes = Array("x\(text)x".utf8)
      return KnownField.named(bytes.span, 1..<(bytes.count - 1))
    }
    #expect(named(field.name) == field)
    #expect(named(field.name.uppercased()) == field)
    #expect(named("x" + field.name) == nil)
    #expect(named(field.name + "x") == nil)
    #expect(named(String(field.name.dropFirst())) == nil)
    #expect(named(String(field.name.dropLast())) == nil)
    for index in field.name.utf8.indices {
      var bytes = Array(field.name.utf8)
      let offset = field.name.utf8.distance(from: field.name.startIndex, to: index)
      for byte in UInt8.min...UInt8.max where ByteSet.token.contains(byte) && byte.asciiLowercased != bytes[offset] {
        let original = bytes[offset]
        bytes[offset] = byte
        #expect(KnownField.named(bytes.span, 0..<bytes.count) == nil)
        bytes[offset] = original
      }
    }
  }
}
