import Core
import Testing

@Suite("The phases of a connection")
struct RequestPhaseTests {
  @Test("a message goes from idle to head to body and back")
  func phases() {
    var reader = MessageReader()
    #expect(reader.phase == .idle)
    reader.receive("\r\n".utf8)
    #expect(reader.phase == .idle)
    reader.receive("P".utf8)
    #expect(reader.phase == .head)
    reader.receive("OST /log HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r".utf8)
    #expect(reader.phase == .head)
    reader.receive("\n".utf8)
    #expect(reader.phase == .body)
    reader.receive("hi".utf8)
    #expect(reader.phase == .idle)
    reader.receive("1\r\nx".asChunks.utf8)
    #expect(reader.phase == .body)
    reader.receive("\r\n0\r\n\r\n".utf8)
    #expect(reader.phase == .idle)
    #expect(reader.outcomes == [Messages.post("hi"), Messages.post("x")])
  }

  private static let expecting = "POST /log HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"

  @Test(
    "a client that waits is told to continue, once", arguments: ["Content-Length: 2", "Transfer-Encoding: chunked"])
  func continues(framing: String) {
    var reader = MessageReader()
    reader.receive("\(Self.expecting)\(framing)\r\n\r".utf8)
    #expect(reader.continues == 0)
    reader.receive("\n".utf8)
    #expect(reader.continues == 1)
    let body = framing.hasPrefix("C") ? ["h", "i"] : ["2\r\n", "hi\r\n", "0\r\n\r\n"]
    for piece in body { reader.receive(piece.utf8) }
    #expect(reader.continues == 1)
    #expect(reader.outcomes == [Messages.post("hi")])
  }

  @Test(
    "a client that sent some of its body, has none, or speaks HTTP/1.0 is told nothing",
    arguments: [
      expecting + "Content-Length: 2\r\n\r\nh",
      expecting + "Content-Length: 2\r\n\r\nhi",
      expecting + "Content-Length: 0\r\n\r\n",
      expecting + "\r\n",
      expecting + "Content-Length: 2000000\r\n\r\n",
      "POST /log HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
    ])
  func doesNotContinue(text: String) {
    var reader = MessageReader()
    reader.receive(text.utf8)
    reader.receive("i".utf8)
    #expect(reader.continues == 0)
  }

  @Test("a refusal is repeated, whatever comes after it")
  func staysRefused() {
    var machine = RequestMachine(limits: HTTPLimits())
    let bad = Array("GET /\r\n".utf8)
    #expect(machine.advance(bad.span) == .refuse(.requestLine))
    let good = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    #expect(machine.advance(good.span) == .refuse(.requestLine))
    #expect(machine.phase == .idle)
  }
}
