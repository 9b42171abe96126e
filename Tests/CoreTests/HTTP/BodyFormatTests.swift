import Core
import Testing

@Suite("The format of a body")
struct BodyFormatTests {
  private func verdict(_ fields: String, body: String) -> BodyFormat.Verdict? {
    let head = "POST /log HTTP/1.1\r\nHost: a\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n"
    let bytes = Array((head + body).utf8)
    var machine = RequestMachine(limits: HTTPLimits())
    guard case .request(_, .range(let range)) = machine.advance(bytes.span) else { return nil }
    return BodyFormat.of(machine.head, in: bytes.span, body: bytes.span.extracting(range))
  }

  @Test(
    "is what Content-Type says",
    arguments: [
      ("application/json", .format(.value)),
      ("Application/JSON", .format(.value)),
      ("application/json; charset=utf-8", .format(.value)),
      ("application/json;charset=UTF-8", .format(.value)),
      ("application/json ; Charset=\"utf-8\" ; x=y", .format(.value)),
      ("application/json; profile=x", .format(.value)),
      ("application/json;", .format(.value)),
      ("application/x-ndjson", .format(.lines)),
      ("application/x-ndjson; charset=utf-8", .format(.lines)),
      ("application/json; charset=latin1", .unsupportedType),
      ("application/json; charset=", .unsupportedType),
      ("application/json; a=b; charset=utf-16", .unsupportedType),
      ("application/x-ndjson; charset=big5", .unsupportedType),
      ("application/jsonx", .unsupportedType),
      ("application/json, application/json", .unsupportedType),
      ("text/plain", .unsupportedType),
      ("multipart/form-data; boundary=x", .unsupportedType),
      ("", .unsupportedType),
    ] as [(String, BodyFormat.Verdict)])
  func types(type: String, expected: BodyFormat.Verdict) {
    #expect(verdict("Content-Type: \(type)\r\n", body: "{}") == expected)
    #expect(verdict("Origin: https://b\r\nContent-Type: \(type)\r\n", body: "{}") == expected)
  }

  @Test(
    "is guessed for curl's default and for no type at all, never for a page in a browser",
    arguments: ["", "Content-Type: application/x-www-form-urlencoded\r\n"])
  func guesses(field: String) {
    for body in ["{}", "[]", "{", "\n\t {}", "[1"] {
      #expect(verdict(field, body: body) == .format(.value))
      #expect(verdict(field + "Origin: https://b\r\n", body: body) == .unsupportedType)
      #expect(verdict(field + "Origin: null\r\n", body: body) == .unsupportedType)
    }
    for body in ["", " ", "a={}", "\"x\"", "1", "\u{feff}{}"] {
      #expect(verdict(field, body: body) == .unsupportedType)
    }
  }

  @Test("a request without framing needs a length")
  func lengthRequired() {
    let bytes = Array("POST /log HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\r\n".utf8)
    var machine = RequestMachine(limits: HTTPLimits())
    _ = machine.advance(bytes.span)
    let verdict = BodyFormat.of(machine.head, in: bytes.span, body: bytes.span.extracting(0..<0))
    #expect(verdict == .lengthRequired)
    #expect(verdict.problem?.kind == .lengthRequired)
  }

  @Test("a verdict against the body names its problem")
  func problems() {
    #expect(BodyFormat.Verdict.format(.lines).problem == nil)
    #expect(BodyFormat.Verdict.unsupportedType.problem?.kind.status == .unsupportedMediaType)
  }
}
