import Core
import Foundation
import Testing

@Suite struct AnswerTests {
  @Test("the answer to an event is written exactly as the contract shows it")
  func single() throws {
    let sample = EventSample([
      ("id", .text("order-1")), ("extra_info", .text("01234567890")), ("lvl", .json(.number, "1")),
      ("a\"b", .json(.null, "null")),
    ])
    let draft = try #require(sample.draft())
    let answer = AcceptedAnswer(draft, text: sample.text.span, routes: [.logbeacon, .telegramDeveloper])
    var bytes: [UInt8] = []
    answer.append(stored: .spool, to: &bytes)
    let expected =
      #"{"id":"order-1","status":"accepted","stored":"spool","routes":["logbeacon","telegram.developer"],"#
      + #""truncated":["extra_info"],"ignored":["lvl","a\"b"]}"#
    #expect(String(decoding: bytes, as: UTF8.self) == expected)
  }

  @Test("empty lists stay lists, and a duplicate says so", arguments: [false, true])
  func empty(isDuplicate: Bool) throws {
    let sample = EventSample([("level", .json(.number, "0")), ("id", .text("x"))])
    let draft = try #require(sample.draft())
    var bytes: [UInt8] = []
    AcceptedAnswer(draft, text: sample.text.span, routes: []).append(
      stored: .none, isDuplicate: isDuplicate, to: &bytes)
    let mark = isDuplicate ? #""duplicate":true,"# : ""
    #expect(
      String(decoding: bytes, as: UTF8.self)
        == #"{"id":"x","status":"accepted","stored":"none",\#(mark)"routes":[],"truncated":[],"ignored":[]}"#)
  }

  @Test("both truncated fields are named")
  func bothTruncated() throws {
    let long = EventSample.Value.text(String(repeating: "x", count: 100))
    let sample = EventSample([("message", long), ("extra_info", long)])
    let draft = try #require(sample.draft())
    var bytes: [UInt8] = []
    AcceptedAnswer(draft, text: sample.text.span, routes: .telegramCustomer).append(stored: .broker, to: &bytes)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    #expect(object["truncated"] as? [String] == ["message", "extra_info"])
    #expect(object["routes"] as? [String] == ["telegram.customer"])
    #expect(object["stored"] as? String == "broker")
  }

  @Test("a batch without errors is accepted")
  func wholeBatch() {
    var answer = BatchAnswer()
    answer.itemAccepted()
    answer.itemAccepted()
    var bytes: [UInt8] = []
    answer.append(stored: .spool, to: &bytes)
    #expect(
      String(decoding: bytes, as: UTF8.self)
        == #"{"status":"accepted","accepted":2,"rejected":0,"stored":"spool","errors":[]}"#)
  }

  @Test("a batch with errors is partial and says which items and why")
  func partialBatch() throws {
    var answer = BatchAnswer()
    answer.itemAccepted()
    answer.itemRefused(
      1, [FieldProblem(.level, .range, "no \"such\" level"), FieldProblem(.domain, .unknownDomain, "d")])
    answer.itemRefused(4, .invalid)
    answer.itemUnavailable(7)
    var bytes: [UInt8] = []
    answer.append(stored: .spool, to: &bytes)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    #expect(object["status"] as? String == "partial")
    #expect(object["accepted"] as? Int == 1)
    #expect(object["rejected"] as? Int == 3)
    let errors = try #require(object["errors"] as? [[String: Any]])
    #expect(errors.map { $0["index"] as? Int } == [1, 4, 7])
    #expect(errors.map { $0["status"] as? Int } == [422, 400, 503])
    #expect(errors.map { $0["code"] as? String } == [nil, nil, "unavailable"])
    #expect(errors.allSatisfy { $0["type"] is String && $0["title"] is String && $0["detail"] is String })
    let fields = try #require(errors[0]["errors"] as? [[String: String]])
    #expect(
      fields == [
        ["field": "level", "code": "range", "detail": "no \"such\" level"],
        ["field": "domain", "code": "unknown_domain", "detail": "d"],
      ])
  }

  @Test("a batch of which nothing is accepted is a problem: 503 only if nothing else was wrong")
  func refusedBatch() throws {
    var unavailable = BatchAnswer()
    unavailable.itemUnavailable(0)
    var mixed = unavailable
    mixed.itemRefused(1, .notAnObject)
    for (answer, kind, status) in [
      (unavailable, Problem.Kind.unavailable, 503), (mixed, .invalidEvent, 422), (BatchAnswer(), .invalidEvent, 422),
    ] {
      var bytes: [UInt8] = []
      #expect(answer.appendProblem(to: &bytes) == kind)
      let object = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
      #expect(object["status"] as? Int == status)
      #expect((object["errors"] as? [Any])?.count == answer.rejected)
    }
  }
}
