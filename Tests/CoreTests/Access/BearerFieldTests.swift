import Testing

@testable import Core

@Suite struct BearerFieldTests {
  private static let longest = String(repeating: "t", count: BearerField.maxTokenBytes)

  private static let fields: [(field: String, token: String?)] = [
    ("Bearer abc", "abc"), ("bearer abc", "abc"), ("BEARER   a.b~c+/=", "a.b~c+/="), ("Bearer " + longest, longest),
    ("Bearer ", nil), ("Bearer", nil), ("Bearerabc", nil), ("Basic abc", nil), ("", nil), ("abc", nil),
    ("Bearer a b", nil), ("Bearer a\tb", nil), ("Bearer\tabc", nil), ("Bearer ä", nil),
    ("Bearer x" + longest, nil),
  ]

  @Test("the token is what follows the scheme, which may have any case", arguments: fields)
  func tokens(_ field: String, _ token: String?) {
    let bytes = Array(field.utf8)
    let found = BearerField.token(in: bytes.span).map { range in
      String(decoding: Array(bytes[range]), as: UTF8.self)
    }
    #expect(found == token)
  }
}
