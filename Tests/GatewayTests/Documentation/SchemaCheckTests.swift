import Fakes
import Testing

/// The checker that the documents are held to can say no.
@Suite struct SchemaCheckTests {
  private static let schema = """
    type: object
    required: [id]
    maxProperties: 4
    additionalProperties: false
    properties:
      id: {type: [string, 'null'], pattern: '^[a-z]{1,3}$'}
      count: {type: integer, minimum: 1, maximum: 3}
      time: {type: string, format: date-time}
      kind: {oneOf: [{enum: [a, b]}, {const: c}, {type: string, minLength: 2, maxLength: 3}]}
      list: {type: array, minItems: 1, maxItems: 2, uniqueItems: true, items: {anyOf: [{type: number}, {type: 'null'}]}}
    """

  @Test(
    "each broken rule is named with its place",
    arguments: [
      (#"{"id":"abc","count":1,"kind":"c","list":[1.5,null]}"#, []),
      (#"{"id":null,"time":"2025-01-15T02:30:00.000Z"}"#, []),
      ("[]", ["$: type"]), ("{}", ["$: required"]), (#"{"id":1}"#, ["$.id: type"]), (#"{"id":"A"}"#, ["$.id: pattern"]),
      (#"{"id":"a","count":0}"#, ["$.count: minimum"]), (#"{"id":"a","count":4}"#, ["$.count: maximum"]),
      (#"{"id":"a","count":1.5}"#, ["$.count: type"]), (#"{"id":"a","time":"today"}"#, ["$.time: format"]),
      (#"{"id":"a","list":[]}"#, ["$.list: minItems"]), (#"{"id":"a","list":[1,1]}"#, ["$.list: uniqueItems"]),
      (#"{"id":"a","list":[1,2,3]}"#, ["$.list: maxItems"]),
      (#"{"id":"a","x":1}"#, ["$.x: additionalProperties"]),
      (#"{"id":"a","count":1,"time":1,"kind":"c","list":[1]}"#, ["$: maxProperties", "$.time: type"]),
    ] as [(String, [String])])
  func rules(_ json: String, _ expected: [String]) throws {
    #expect(try problems(json) == expected)
  }

  @Test("a value that none or several of the choices take is refused", arguments: ["d", "dddd"])
  func choices(_ kind: String) throws {
    #expect(try problems(#"{"id":"a","kind":"\#(kind)"}"#).first == "$.kind: oneOf")
  }

  @Test("an unknown keyword is a problem")
  func unknownKeyword() throws {
    let check = SchemaCheck(specification: try Specification(parsing: "{}"))
    #expect(try check.problems(1, ["multipleOf": 2]) == ["$: unknown keyword multipleOf"])
    #expect(throws: Specification.Failure.self) { try check.problems(1, ["$ref": "#/components/schemas/Nothing"]) }
  }

  private func problems(_ json: String) throws -> [String] {
    let schema = try Specification(parsing: Self.schema)
    let value = try #require(JSONValue(parsing: Array(json.utf8)))
    return try SchemaCheck(specification: schema).problems(value, schema.root)
  }
}
