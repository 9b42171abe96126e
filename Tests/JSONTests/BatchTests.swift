import Core
import JSON
import Testing

@Suite struct BatchTests {
  @Test("an array has an item an element, and a bad element is that item's problem")
  func array() {
    let body = #" [ {"a":1} , 5, {}, {"b":1,"b":2} ,[ {"x":1} ], "s" , null, {"c":"d"} ] "#
    let reading = Reading(body)
    #expect(reading.outcome == .array)
    #expect(
      reading.problems
        == [nil, .notAnObject, nil, .duplicateMember, .notAnObject, .notAnObject, .notAnObject, nil])
    #expect(reading.items[0] == [Member("a", .number, "1")])
    #expect(reading.items[3].isEmpty)
    #expect(reading.items[7] == [Member("c", .string, "d")])
    #expect(
      reading.sources
        == [#"{"a":1}"#, "5", "{}", #"{"b":1,"b":2}"#, #"[ {"x":1} ]"#, #""s""#, "null", #"{"c":"d"}"#])
  }

  @Test("an empty array has no items")
  func emptyArray() {
    let reading = Reading(" [ ] ")
    #expect(reading.outcome == .array)
    #expect(reading.items.isEmpty)
  }

  @Test("one broken element breaks the whole array", arguments: ["[{},{\"a\":}]", "[{},{}", "[{}{}]", "[{},]"])
  func brokenArray(body: String) {
    #expect(Reading(body).failure == .invalid)
  }

  @Test("a line is an item; blank lines are skipped, CRLF ends a line, the last needs no end")
  func lines() {
    let body =
      "{\"a\":1}\r\n\n  \t\r\n { \"b\" : \"x\\ny\" } \n{bad}\n[1]\n\"x\\ud800\"\n{\"c\":1,\"c\":2}\n{\"d\":{\"e\": 1}}"
    let reading = Reading(body, as: .lines)
    #expect(reading.outcome == .lines)
    #expect(reading.problems == [nil, nil, .invalid, .notAnObject, .loneSurrogate, .duplicateMember, nil])
    #expect(reading.items[0] == [Member("a", .number, "1")])
    #expect(reading.items[1] == [Member("b", .string, "x\ny")])
    #expect(reading.items[2].isEmpty)
    #expect(reading.items[5].isEmpty)
    #expect(reading.items[6] == [Member("d", .object, #"{"e":1}"#)])
    #expect(reading.sources[1] == #"{ "b" : "x\ny" }"#)
    #expect(reading.sources[6] == #"{"d":{"e": 1}}"#)
  }

  @Test("a value does not reach over the end of its line")
  func linesAreApart() {
    #expect(Reading("{\"a\":\n1}", as: .lines).problems == [.invalid, .invalid])
    #expect(Reading("{\"a\":\"x\n\"}", as: .lines).problems == [.invalid, .invalid])
    #expect(Reading("{\"a\":tru\ne}", as: .lines).problems == [.invalid, .invalid])
  }

  @Test("the limit of items holds at n and refuses at n + 1", arguments: [1, 3])
  func itemLimit(limit: Int) {
    let fitting = Array(repeating: "{}", count: limit)
    let over = fitting + ["{}"]
    #expect(Reading("[\(fitting.joined(separator: ","))]", maxItems: limit).items.count == limit)
    #expect(Reading("[\(over.joined(separator: ","))]", maxItems: limit).failure == .tooManyItems)
    #expect(Reading(fitting.joined(separator: "\n") + "\n\n", as: .lines, maxItems: limit).items.count == limit)
    #expect(Reading(over.joined(separator: "\n"), as: .lines, maxItems: limit).failure == .tooManyItems)
  }
}
