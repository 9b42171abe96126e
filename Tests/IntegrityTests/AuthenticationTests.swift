import Core
import Integrity
import Testing

@Suite("HMAC-SHA256")
struct AuthenticationTests {
  /// RFC 4231 §4: test cases 1, 2, 3, 6 (a key longer than a block) and 7.
  static let vectors: [([UInt8], [UInt8], String)] = [
    (
      Array(repeating: 0x0B, count: 20), Array("Hi There".utf8),
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    ),
    (
      Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
    (
      Array(repeating: 0xAA, count: 20), Array(repeating: 0xDD, count: 50),
      "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
    ),
    (
      Array(repeating: 0xAA, count: 131), Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    ),
    (
      Array(repeating: 0xAA, count: 131),
      Array(
        "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm."
          .utf8),
      "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
    ),
  ]

  @Test("it is RFC 4231's, again and again with one digester", arguments: vectors)
  func known(key: [UInt8], text: [UInt8], expected: String) {
    let digester = Digester()
    for _ in 0..<2 {
      #expect(digester.authentication(of: text.span, key: key) == ContentDigest(hex: expected))
    }
  }
}
