import Core
import Testing

@Suite("Answers over HTTP/2")
struct StreamAnswerTests {
  private static let date = ResponseDate(unixSeconds: 784_111_777)

  private func fields(_ answer: StreamAnswer) -> [String: String] {
    func text(_ range: Range<Int>) -> String { String(decoding: answer.bytes[range], as: UTF8.self) }
    return Dictionary(answer.fields.map { (text($0.name), text($0.value)) }) { $0 + "|" + $1 }
  }

  @Test(
    "every answer says what it says over HTTP/1.1, Connection aside",
    arguments: [ResponseHead.Connection.persistent, .keepAlive, .close], [false, true])
  func agreement(connection: ResponseHead.Connection, toHead: Bool) {
    for kind in Problem.Kind.allCases {
      var head = ResponseHead(kind, connection: connection)
      head.retryAfter = 7
      head.namesCodings = true
      head.requestID = Array("r-1".utf8)
      var written: [UInt8] = []
      ResponseWriter.append(head, date: Self.date, toHead: toHead, to: &written) {
        $0.append(problem: kind, detail: "x")
      }
      var expected = ParsedAnswer(String(decoding: written, as: UTF8.self))
      let answer = StreamAnswer(written)
      expected.fields["connection"] = nil
      expected.fields[":status"] = "\(kind.status.rawValue)"
      #expect(fields(answer) == expected.fields)
      #expect(answer.fields.first?.name == 0..<7)
      #expect(String(decoding: answer.bytes[answer.body], as: UTF8.self) == expected.body)
    }
  }

  @Test("a length that was written into its column is trimmed, and no body is none")
  func lengths() {
    let prepared = PreparedResponse(.accepted, .json, date: Self.date)
    var written: [UInt8] = []
    let open = prepared.begin(ResponseHead(.accepted, .json, connection: .persistent), in: &written)
    written.append(UInt8(ascii: "x"))
    prepared.end(open, in: &written)
    #expect(fields(StreamAnswer(written))["content-length"] == "1")
    written = []
    let empty: [UInt8] = []
    ResponseWriter.append(
      ResponseHead(.noContent, nil, connection: .persistent), date: Self.date, body: empty.span, to: &written)
    #expect(StreamAnswer(written).body.isEmpty)
    #expect(fields(StreamAnswer(written))["content-length"] == nil)
  }
}
