import Core
import Integrity
import Testing

@Suite struct DigesterTests {
  /// FIPS 180-4's own examples, and the empty text.
  static let known = [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ]

  @Test("digests are those of SHA-256, one after another from the same digester")
  func knownAnswers() {
    let digester = Digester()
    for _ in 0..<2 {
      for (text, hex) in Self.known { #expect(digester.digest(text.utf8.span).hex == hex) }
    }
  }

  @Test("parts that are added one after another have the digest of the whole")
  func parts() {
    let digester = Digester()
    digester.add("a".utf8.span)
    digester.add("bc".utf8.span)
    #expect(digester.finish().hex == Self.known[1].1)
  }

  @Test("a digest reads back from its hexadecimal text and its bytes")
  func readBack() throws {
    let digest = Digester().digest("abc".utf8.span)
    #expect(ContentDigest(hex: digest.hex) == digest)
    #expect(ContentDigest(hex: digest.hex.uppercased()) == digest)
    #expect(ContentDigest(digest.bytes.span) == digest)
  }

  @Test(
    "what is not 64 hexadecimal digits is no digest",
    arguments: [
      "", "ab", "é", String(repeating: "0", count: 63),
      String(repeating: "0", count: 65), String(repeating: "0", count: 66), String(repeating: "g", count: 64),
    ])
  func refused(_ text: String) {
    #expect(ContentDigest(hex: text) == nil)
  }

  @Test("digests spread over their drawers")
  func drawers() {
    let digester = Digester()
    var counts = [Int](repeating: 0, count: 16)
    for number in 0..<16_000 { counts[digester.digest("\(number)".utf8.span).drawer(of: 16)] += 1 }
    #expect(counts.allSatisfy { (800...1200).contains($0) })
  }
}
