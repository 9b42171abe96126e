import Testing

@testable import Core

@Suite("Text that cannot act")
struct HarmlessTextTests {
  @Test(
    "what would act on a terminal is shown instead",
    arguments: [
      ("用戶登入成功", "用戶登入成功"),
      ("✅ naïve “quotes” – 👩‍👩‍👧 ²", "✅ naïve “quotes” – 👩‍👩‍👧 ²"),
      ("a\nb\r\nc\td", #"a\nb\r\nc\td"#),
      ("\u{1B}[31mred\u{7F}\u{0}", #"\x1b[31mred\x7f\x00"#),
      ("\u{80}\u{9B}31m\u{9F}\u{A0}", "\\x80\\x9b31m\\x9f\u{A0}"),
      ("a\u{202E}b\u{2066}c\u{200F}d\u{61C}e", #"a\u{202e}b\u{2066}c\u{200f}d\u{061c}e"#),
      ("\u{2028}\u{2029}", #"\u{2028}\u{2029}"#),
      (#"C:\new "x""#, #"C:\new "x""#),
      ("", ""),
    ])
  func printable(text: String, shown: String) {
    var bytes: [UInt8] = []
    bytes.append(printable: Array(text.utf8).span)
    #expect(String(decoding: bytes, as: UTF8.self) == shown)
  }

  @Test(
    "inside a JSON string the same scalars become escapes",
    arguments: [
      ("用戶登入成功 ✅", "用戶登入成功 ✅"),
      ("\"a\\b\"", #"\"a\\b\""#),
      ("\n\r\t\u{8}\u{C}\u{1B}\u{0}", #"\n\r\t\b\f\u001b\u0000"#),
      ("\u{7F}\u{85}\u{9F}\u{A0}", "\\u007f\\u0085\\u009f\u{A0}"),
      ("\u{202A}\u{202E}\u{2069}\u{200E}\u{61C}\u{2028}", #"\u202a\u202e\u2069\u200e\u061c\u2028"#),
      ("\u{2027}\u{202F}\u{2065}\u{206A}\u{200D}\u{61B}", "\u{2027}\u{202F}\u{2065}\u{206A}\u{200D}\u{61B}"),
    ])
  func json(text: String, shown: String) {
    var bytes: [UInt8] = []
    bytes.append(json: Array(text.utf8).span)
    #expect(String(decoding: bytes, as: UTF8.self) == shown)
  }

  @Test(
    "no scalar that acts comes through, and every other one comes through unchanged",
    arguments: [("x", "y"), ("a text of many", " words, ASCII"), ("一段文字一段文字", "一段文字一段文字"), ("1234567", "")])
  func everyScalar(before: String, after: String) {
    let acting: Set<UInt32> = Set(
      Array(0...0x1F) + Array(0x7F...0x9F) + [0x61C, 0x200E, 0x200F] + Array(0x2028...0x202E) + Array(0x2066...0x2069))
    var wrong: [UInt32] = []
    for value in UInt32(0)...0x2FFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let text = before + String(scalar) + after
      let acts = acting.contains(value)
      let actsInJSON = acts || scalar == "\"" || scalar == "\\"
      if isKept(text, inJSON: false) == acts || isKept(text, inJSON: true) == actsInJSON { wrong.append(value) }
    }
    #expect(wrong == [])
  }

  @Test("one byte that acts is found wherever it stands, and only it is replaced", arguments: 0..<40)
  func everyPlace(count: Int) {
    for place in 0...count {
      for acting: UInt8 in [0x00, 0x1F, 0x7F] {
        let text =
          Array(repeating: UInt8(ascii: "~"), count: place) + [acting] + Array(repeating: 0x20, count: count - place)
        var shown: [UInt8] = []
        shown.append(printable: text.span)
        let escape = String(acting, radix: 16)
        let expected =
          String(repeating: "~", count: place) + (acting < 16 ? "\\x0" : "\\x") + escape
          + String(repeating: " ", count: count - place)
        #expect(String(decoding: shown, as: UTF8.self) == expected)
      }
    }
  }

  private func isKept(_ text: String, inJSON: Bool) -> Bool {
    let bytes = Array(text.utf8)
    var shown: [UInt8] = []
    if inJSON { shown.append(json: bytes.span) } else { shown.append(printable: bytes.span) }
    return shown == bytes
  }

  @Test("a text that ends within a sequence is copied as it stands")
  func tornEnd() {
    for torn: [UInt8] in [[0x41, 0xE2, 0x80], [0x41, 0xC2], [0xD8]] {
      var bytes: [UInt8] = []
      bytes.append(printable: torn.span)
      #expect(bytes == torn)
    }
  }
}
