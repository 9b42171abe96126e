import Core
import Testing

@Suite struct TextTests {
  @Test(
    "texts are counted and cut in scalars, never inside one",
    arguments: ["", "abc", "用戶登入", "😀😀😀", "e\u{301}e\u{301}", "👨‍👩‍👧a", "a用😀e\u{301}", "\u{0}\u{7f}\u{80}"])
  func scalars(text: String) {
    let bytes = Array(text.utf8)
    #expect(bytes.span.scalarCount == text.unicodeScalars.count)
    for length in 0...text.unicodeScalars.count + 1 {
      let expected = String(String.UnicodeScalarView(text.unicodeScalars.prefix(length)))
      #expect(bytes.span.prefixLength(scalars: length) == expected.utf8.count)
    }
  }

  @Test("a JSON string is escaped where it must be, and nowhere else")
  func escaping() {
    let cases: [(String, String)] = [
      ("", #""""#), ("plain 用戶 😀 \u{7f}\u{2028}", "\"plain 用戶 😀 \u{7f}\u{2028}\""),
      ("\"\\/", #""\"\\/""#), ("\u{8}\t\n\u{c}\r", #""\b\t\n\f\r""#), ("\u{0}\u{1}\u{1f} ", #""\u0000\u0001\u001f ""#),
    ]
    for (text, expected) in cases {
      var bytes: [UInt8] = []
      bytes.appendJSONString(text.utf8.span)
      #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }
  }

  @Test("an escape is found at every place of a long text", arguments: [0x22, 0x5C, 0x00, 0x1F, 0x0A] as [UInt8])
  func everyPlace(byte: UInt8) {
    for length in [1, 15, 16, 17, 40] {
      for place in 0..<length {
        var text = [UInt8](repeating: UInt8(ascii: "x"), count: length)
        text[place] = byte
        var bytes: [UInt8] = []
        bytes.appendJSONEscaped(text.span)
        let added = byte == 0x22 || byte == 0x5C || byte == 0x0A ? 1 : 5
        #expect(bytes.count == length + added)
        #expect(bytes[place] == UInt8(ascii: "\\"))
        #expect(bytes.filter { $0 == UInt8(ascii: "x") }.count == length - 1)
      }
    }
  }

  @Test("bytes append a copy of a part of themselves")
  func copyOf() {
    var bytes = Array("abcdef".utf8)
    bytes.append(copyOf: 1..<4)
    bytes.append(copyOf: 2..<2)
    bytes.append(copyOf: 0..<9)
    #expect(String(decoding: bytes, as: UTF8.self) == "abcdefbcdabcdefbcd")
  }
}
