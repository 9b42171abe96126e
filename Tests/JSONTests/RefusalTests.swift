import Core
import JSON
import Testing

@Suite struct RefusalTests {
  @Test(
    "what is not JSON is refused, wherever it stands",
    arguments: [
      "01", "+1", "-", "1.", ".5", "1e", "1e+", "0x10", "1_000", "NaN", "Infinity", "-Infinity", "tru", "truex", "nul",
      "nulll", "True", "'a'", "\"a", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\\"", "\"a\"b", "1\"a\"", "1 2", "[1,]",
      "[,1]", "[1 2]", "[", "]", "[1}", "{]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{1:2}", "{\"a\" 1}",
      "{\"a\"::1}", "{\"a\":1 \"b\":2}", "\"a\nb\"", "\"a\u{1}b\"", "/*x*/1", "\\", "\\\"a\\\"", "1\u{c}", "\u{c}1",
      "\u{a0}1",
      "\u{feff}1", "1:", ":", "\u{0}", "1\u{0}", "nan", "u", "--1", "1-", "1e5e5", "1.2.3",
    ])
  func invalid(value: String) {
    #expect(Reading("{\"a\":\(value)}").failure == .invalid)
    #expect(Reading("{\"a\":[\(value)]}").failure == .invalid)
    #expect(Reading("{\"a\":{\"b\":\(value)}}").failure == .invalid)
    #expect(Reading("[\(value)]").failure == .invalid)
    #expect(Reading("[{\"a\":1},\(value)]").failure == .invalid)
    #expect(Reading(value).failure == .invalid)
    if !value.contains("\n") { #expect(Reading("{\"a\":\(value)}", as: .lines).problems == [.invalid]) }
  }

  @Test(
    "half a surrogate pair is refused in names and values at any depth",
    arguments: [
      #"\ud800"#, #"\udc00"#, #"\uDFFF"#, #"\udbff x"#, #"\ud83dx\ude00"#, #"\ud83d\ud83d"#, #"\ude00\ud83d"#,
      #"\ud83d\n"#, #"\ud83d\u0041"#, #"ok \ud83d\ude00 \ude00"#,
    ])
  func loneSurrogates(text: String) {
    #expect(Reading("{\"a\":\"\(text)\"}").failure == .loneSurrogate)
    #expect(Reading("{\"\(text)\":1}").failure == .loneSurrogate)
    #expect(Reading("{\"a\":[[\"\(text)\"]]}").failure == .loneSurrogate)
    #expect(Reading("{\"a\":{\"\(text)\":1}}").failure == .loneSurrogate)
    #expect(Reading("[\"\(text)\"]").failure == .loneSurrogate)
    #expect(Reading("{\"a\":\"\(text)\"}", as: .lines).problems == [.loneSurrogate])
  }

  @Test(
    "bytes that are not UTF-8 are refused",
    arguments: [
      [0x80], [0xC0, 0x80], [0xC3], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
      [0xF4, 0x90, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFF], [0xE7, 0x94],
    ] as [[UInt8]])
  func invalidUTF8(bytes: [UInt8]) {
    for padding in [0, 20, 61, 130] {
      let filler = [UInt8](repeating: UInt8(ascii: "x"), count: padding)
      let body = Array("{\"a\":\"".utf8) + filler + bytes + Array("\"}".utf8)
      #expect(Reading(bytes: body).failure == .invalidUTF8)
      #expect(Reading(bytes: body, as: .lines).problems == [.invalidUTF8])
    }
  }

  @Test("an empty text is refused as empty", arguments: ["", " ", "\n", "\r\n \t\n"])
  func empty(text: String) {
    #expect(Reading(text).failure == .empty)
    #expect(Reading(text, as: .lines).failure == .empty)
  }

  @Test("a well-formed text that is no object is told apart", arguments: ["5", "\"x\"", "null", "true", " -1.5e3 "])
  func scalars(text: String) {
    #expect(Reading(text).failure == .notAnObject)
  }

  @Test("nothing may follow the text", arguments: ["{}{}", "{} 1", "{}]", "[]]", "{},", "[]x", "5 5", "{}\u{0}"])
  func trailing(text: String) {
    #expect(Reading(text).failure == .invalid)
    #expect(Reading(text, as: .lines).problems == [.invalid])
  }

  @Test("a failure names its place")
  func offsets() {
    #expect(Reading(#"{"a":1,"b":tru}"#).outcome == .refused(JSONFailure(.invalid, offset: 11)))
    #expect(Reading(#"{"a":1} x"#).outcome == .refused(JSONFailure(.invalid, offset: 8)))
    #expect(Reading(#"{"a":"x\udc00"}"#).outcome == .refused(JSONFailure(.loneSurrogate, offset: 7)))
  }

  @Test("every cut of a valid text is refused")
  func prefixes() {
    let body = Array(#"{"level":1,"message":"用\n","extra_info":{"a":[1,-2.5e3,true,null,"\ud83d\ude00"]}}"#.utf8)
    #expect(Reading(bytes: body).outcome == .object)
    for length in 0..<body.count {
      #expect(Reading(bytes: Array(body[..<length])).failure != nil)
    }
  }
}
