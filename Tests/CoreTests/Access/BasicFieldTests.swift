import Testing

@testable import Core

@Suite("Basic credentials")
struct BasicFieldTests {
  private func password(_ field: String) -> String? {
    BasicField.password(in: Array(field.utf8).span).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test(
    "the password is what follows the first colon, whatever the name",
    arguments: [("admin:s3cret", "s3cret"), (":s3cret", "s3cret"), ("a:b:c", "b:c"), ("a:結帳", "結帳")])
  func read(_ pair: String, _ expected: String) {
    let text = Base64.encode(Array(pair.utf8))
    #expect(password("Basic \(text)") == expected)
    #expect(password("bASIC   \(text)") == expected)
  }

  @Test(
    "everything else is none",
    arguments: [
      "", "Basic", "Basic ", "BasicYTpi", "Bearer YTpi", "Basic YTp", "Basic YTo=", "Basic YWI=", "Basic a:b",
    ])
  func refused(_ field: String) {
    #expect(password(field) == nil)
  }

  @Test("one that is longer than any token of ours is not read")
  func limit() {
    let long = Base64.encode(Array("a:\(String(repeating: "x", count: BasicField.maxBytes))".utf8))
    #expect(password("Basic \(long)") == nil)
  }
}
