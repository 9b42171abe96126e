import Core
import JSON
import Testing

@Suite struct JSONReaderTests {
  @Test("an object's members come unescaped, other values as compact text")
  func members() {
    let body = #"""
       { "le\u0076el" : 9 , "message":"a\"\\\/\b\f\n\r\t\u00e9\u7528\ud83d\ude00" ,
         "extra_info" : { "a" : [ 1 , 2.50 , -0 , 1E+2 ] , "b\n" : "c\u0041 d" , "n" : null } , "": true, "x": [ ] , "y": null }
      """#
    let reading = Reading(body)
    #expect(reading.outcome == .object)
    #expect(
      reading.items == [
        [
          Member("level", .number, "9"),
          Member("message", .string, "a\"\\/\u{8}\u{c}\n\r\té用😀"),
          Member("extra_info", .object, #"{"a":[1,2.50,-0,1E+2],"b\n":"c\u0041 d","n":null}"#),
          Member("", .bool, "true"),
          Member("x", .array, "[]"),
          Member("y", .null, "null"),
        ]
      ])
  }

  @Test(
    "numbers keep their text", arguments: ["12345678901234567890123", "1e400", "-0.0", "0.10", "1E-7", "-1", "0"])
  func numbers(text: String) {
    #expect(Reading("{\"n\":\(text)}").items == [[Member("n", .number, text)]])
    #expect(Reading("{\"n\": [ \(text) ]}").items == [[Member("n", .array, "[\(text)]")]])
    #expect(Reading("[{\"n\":\(text)\n}]").items == [[Member("n", .number, text)]])
  }

  @Test("a plain value is one that needs no escaping in a JSON string")
  func plainValues() {
    let reader = JSONReader()
    let body = Array(#"{"a":"用戶 x","b":"x\u0041","c":17,"d":true,"e":["x"],"f":{},"g":""}"#.utf8)
    #expect(reader.read(body.span, as: .value) == .object)
    #expect(reader.members.map(\.isPlain) == [true, false, true, true, false, false, true])
  }

  @Test("U+0000 is kept, and nothing ends at it")
  func nul() {
    let reading = Reading(#"{"a\u0000b":"c\u0000d","e":{"f":"\u0000"}}"#)
    #expect(
      reading.items == [[Member("a\0b", .string, "c\0d"), Member("e", .object, #"{"f":"\u0000"}"#)]])
  }

  @Test("duplicates inside a nested value are kept as they stand")
  func nestedDuplicates() {
    #expect(
      Reading(#"{"extra_info":{"a":1,"a" : 2}}"#).items == [[Member("extra_info", .object, #"{"a":1,"a":2}"#)]])
  }

  @Test(
    "names are told apart by every byte, and duplicates found wherever they stand", arguments: [1, 7, 8, 9, 16, 40])
  func duplicates(length: Int) {
    let names = (0..<100).map { String(repeating: "n", count: length) + String($0, radix: 36) }
    let distinct = names.map { "\"\($0)\":1" }
    #expect(Reading("{" + distinct.joined(separator: ",") + "}").items.first?.count == 100)
    for place in [0, 50, 99] {
      let body = "{" + (distinct + ["\"\(names[place])\":2"]).joined(separator: ",") + "}"
      #expect(Reading(body).outcome == .refused(JSONFailure(.duplicateMember)))
    }
  }

  @Test("an escaped name and its plain form are one name")
  func escapedDuplicate() {
    #expect(Reading(#"{"a":1,"\u0061":2}"#).outcome == .refused(JSONFailure(.duplicateMember)))
  }

  @Test("256 members are read, 257 are not")
  func memberLimit() {
    func body(_ count: Int) -> String {
      "{" + (0..<count).map { "\"\($0)\":0" }.joined(separator: ",") + "}"
    }
    #expect(Reading(body(256)).items.first?.count == 256)
    #expect(Reading(body(257)).outcome == .refused(JSONFailure(.tooManyMembers)))
    // What is broken later is still found, and is worse.
    #expect(Reading(body(300).dropLast() + ",}").failure == .invalid)
  }

  @Test("32 open containers are read, 33 are not", arguments: [("[", "]"), ("{\"a\":", "}")])
  func depth(open: String, close: String) {
    func nested(_ depth: Int) -> String {
      "{\"x\":" + String(repeating: open, count: depth - 1) + "1" + String(repeating: close, count: depth - 1) + "}"
    }
    #expect(Reading(nested(32)).outcome == .object)
    #expect(Reading(nested(33)).failure == .tooDeep)
    #expect(Reading("[" + nested(31) + "]").outcome == .array)
    #expect(Reading("[" + nested(32) + "]").failure == .tooDeep)
    #expect(Reading(nested(32), as: .lines).problems == [nil])
    #expect(Reading(nested(33), as: .lines).problems == [.tooDeep])
    #expect(Reading(nested(5000)).failure == .tooDeep)
  }

  @Test("a body that was large leaves a reader that still works")
  func shrinking() {
    let reader = JSONReader()
    let large = Array((#"{"a":""# + String(repeating: "x", count: 200_000) + #""}"#).utf8)
    let small = Array(#"{"a":"y"}"#.utf8)
    for _ in 0..<3 {
      #expect(reader.read(large.span, as: .value) == .object)
      #expect(reader.members.first?.value.count == 200_000)
      #expect(reader.read(small.span, as: .value) == .object)
      #expect(reader.members.first?.value.count == 1)
    }
    #expect(reader.read(large.span, as: .value) == .object)
    reader.shrink()
    #expect(reader.items.isEmpty)
    #expect(reader.read(small.span, as: .value) == .object)
  }
}
