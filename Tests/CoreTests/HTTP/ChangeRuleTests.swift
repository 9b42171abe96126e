import Core
import Testing

@Suite struct ChangeRuleTests {
  @Test(
    "a change needs JSON's type, and no other page behind it",
    arguments: [
      ("Content-Type: application/json\r\n", true), ("Content-Type: Application/JSON ; charset=utf-8\r\n", true),
      ("", false), ("Content-Type: text/plain\r\n", false), ("Content-Type: application/json-x\r\n", false),
      ("Content-Type: application/x-www-form-urlencoded\r\n", false),
      ("Content-Type: application/json\r\nOrigin: http://localhost:8081\r\n", true),
      ("Content-Type: application/json\r\nOrigin: HTTP://LOCALHOST:8081\r\n", true),
      ("Content-Type: application/json\r\nOrigin: https://localhost:8081\r\n", true),
      ("Content-Type: application/json\r\nOrigin: http://localhost:8082\r\n", false),
      ("Content-Type: application/json\r\nOrigin: http://localhost\r\n", false),
      ("Content-Type: application/json\r\nOrigin: http://evil.example\r\n", false),
      ("Content-Type: application/json\r\nOrigin: http://evil.exampl:8081\r\n", false),
      ("Content-Type: application/json\r\nOrigin: null\r\n", false),
      ("Content-Type: application/json\r\nOrigin: \r\n", false),
    ])
  func rule(_ fields: String, _ isTaken: Bool) throws {
    let bytes = Array(
      "POST /api/dead/replay HTTP/1.1\r\nHost: localhost:8081\r\n\(fields)Content-Length: 0\r\n\r\n".utf8)
    var machine = RequestMachine(limits: HTTPLimits())
    guard case .request = machine.advance(bytes.span) else {
      Issue.record("it is no request")
      return
    }
    #expect((ChangeRule.refusal(machine.head, in: bytes.span) == nil) == isTaken)
  }
}
