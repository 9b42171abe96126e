import Testing

@testable import Core

@Suite("Base64 and webhook keys")
struct WebhookKeyTests {
  @Test(
    "base64 is RFC 4648's, both ways",
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
      ("foobar", "Zm9vYmFy"),
    ])
  func vectors(plain: String, coded: String) {
    #expect(Base64.encode(Array(plain.utf8)) == coded)
    #expect(Base64.decode(coded.utf8) == Array(plain.utf8))
  }

  @Test("every byte survives, whatever the length")
  func everyByte() {
    for length in 0..<70 {
      let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 37 + length) }
      #expect(Base64.decode(Base64.encode(bytes).utf8) == bytes)
    }
    #expect(Base64.encode([0xFB, 0xFF, 0xBF]) == "+/+/")
  }

  @Test(
    "what is not whole is refused",
    arguments: [
      "Z", "Zg", "Zg=", "Zg===", "=Zg=", "Z===", "====", "Zh==", "Zm9=", "Zm 8", "Zm9v\n", "Zm-_", "Zg==Zg==",
    ])
  func refused(text: String) {
    #expect(Base64.decode(text.utf8) == nil)
  }

  @Test("a key is what stands behind whsec_ in base64, or the text itself")
  func keys() {
    #expect(WebhookKey("whsec_Zm9v")?.bytes == Array("foo".utf8))
    #expect(WebhookKey("plain text key")?.bytes == Array("plain text key".utf8))
    #expect(WebhookKey("whsec_Zm9") == nil)
    #expect(WebhookKey("whsec_")?.bytes == [])
  }
}
