import Core
import Foundation
import Testing

@Suite("Problem details")
struct ProblemTests {
  private func object(_ bytes: [UInt8]) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
  }

  @Test("every kind has its type, title and status", arguments: Problem.Kind.allCases)
  func kinds(kind: Problem.Kind) throws {
    var bytes: [UInt8] = []
    bytes.append(problem: kind, detail: "A sentence.")
    let object = try object(bytes)
    #expect(object["type"] as? String == "urn:beacongate:problem:\(kind.rawValue)")
    #expect(object["title"] as? String == "\(kind.title)")
    #expect(object["status"] as? Int == Int(kind.status.rawValue))
    #expect(object["detail"] as? String == "A sentence.")
    #expect(object["errors"] == nil)
  }

  @Test("what a client wrote is escaped in detail and errors")
  func escapes() throws {
    let hostile = "\"\\/\n\r\t\u{8}\u{c}\0\u{1f}\u{7f}\u{2028}支付🎉\u{202e}"
    let errors = [
      Problem.FieldError(field: hostile, code: "unknown", detail: "one"),
      Problem.FieldError(field: "level", code: "required", detail: hostile),
    ]
    var bytes: [UInt8] = []
    bytes.append(Problem(.invalidEvent, detail: hostile, errors: errors))
    let object = try object(bytes)
    #expect(object["detail"] as? String == hostile)
    let shown = try #require(object["errors"] as? [[String: String]])
    #expect(
      shown == [
        ["field": hostile, "code": "unknown", "detail": "one"],
        ["field": "level", "code": "required", "detail": hostile],
      ])
  }

  @Test("the members alone fit into an object that says more")
  func members() throws {
    var bytes = Array(#"{"index":3,"#.utf8)
    bytes.append(membersOf: Problem(.malformedBody, detail: "x"))
    bytes.append(UInt8(ascii: "}"))
    let object = try object(bytes)
    #expect(object["index"] as? Int == 3)
    #expect(object["status"] as? Int == 400)
  }

  @Test("a refusal's sentence needs no escaping", arguments: Refusal.allCases)
  func refusals(refusal: Refusal) throws {
    var bytes: [UInt8] = []
    bytes.append(problem: refusal.kind, detail: refusal.detail)
    #expect(try object(bytes)["detail"] as? String == "\(refusal.detail)")
  }
}
