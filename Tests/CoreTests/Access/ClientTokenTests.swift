import Testing

@testable import Core

@Suite struct ClientTokenTests {
  private struct Sequence: RandomNumberGenerator {
    var last: UInt64 = 0
    mutating func next() -> UInt64 {
      last &+= 0x9E37_79B9_7F4A_7C15
      return last
    }
  }

  @Test("the vectors of RFC 4648 §10, without padding and in the URL's alphabet")
  func base64() {
    for (text, encoded) in [
      ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
      ("foobar", "Zm9vYmFy"),
    ] { #expect(ClientToken.base64URL(Array(text.utf8)) == encoded) }
    #expect(ClientToken.base64URL([0xFB, 0xEF, 0xFF]) == "--__")
  }

  @Test("a token is 256 bits behind its prefix, and fits a header and the configuration")
  func tokens() {
    var random = Sequence()
    let tokens = (0..<100).map { _ in ClientToken(using: &random).text }
    #expect(Set(tokens).count == 100)
    for token in tokens {
      #expect(token.hasPrefix("bgt_") && token.utf8.count == 47)
      #expect(SettingsTextRule.token.accepts(token))
      #expect(BearerField.token(in: Array("Bearer \(token)".utf8).span)?.count == 47)
    }
  }

  @Test("the entry names token, digest and domains")
  func entry() throws {
    let digest = try #require(ContentDigest(hex: String(repeating: "0a", count: 32)))
    #expect(
      ClientToken.entry(name: "shop", digest: digest, domains: ["a", "b"])
        == "auth:\n  tokens:\n    - name: \"shop\"\n      sha256: \(digest.hex)\n      domains: [\"a\", \"b\"]")
    #expect(!ClientToken.entry(name: "shop", digest: digest, domains: []).contains("domains"))
    let subject = try #require(ClientSubject("cn=web-1, o=Ex\\, \\\"Ample\\\""))
    let quoted = ##"      subject: "CN=web-1,O=Ex\\, \\\"Ample\\\"""##
    #expect(
      ClientToken.entry(name: "web", subject: subject, domains: [])
        == "auth:\n  tokens:\n    - name: \"web\"\n\(quoted)")
  }

  @Test("digests are equal in constant time where they are equal")
  func digests() throws {
    let one = String(repeating: "0a", count: 32)
    let digest = try #require(ContentDigest(hex: one))
    #expect(digest.isEqualInConstantTime(to: digest))
    for index in [0, 17, 33, 63] {
      var other = Array(one.utf8)
      other[index] = UInt8(ascii: "f")
      let changed = try #require(ContentDigest(hex: String(decoding: other, as: UTF8.self)))
      #expect(!digest.isEqualInConstantTime(to: changed))
    }
  }
}
