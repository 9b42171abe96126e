import Core
import Testing

@Suite struct MessagePropertiesTests {
  private func read(_ body: String) -> (program: String?, timestamp: UInt64?) {
    let bytes = Array(body.utf8)
    let properties = MessageProperties(body: bytes.span)
    return (properties.program.map { String(decoding: bytes[$0], as: UTF8.self) }, properties.timestamp)
  }

  @Test("program and time are found in a body of ours")
  func ours() {
    let found = read(
      #"{"v":1,"id":"a:1","timestamp":"2025-01-15T02:30:00.999Z","domain":"a.example","program_name":"shop-1","level":1}"#
    )
    #expect(found == ("shop-1", 1_736_908_200))
  }

  @Test(
    "a body that is not ours says nothing",
    arguments: [
      "", "{", #"{"v":1,"id":"#, #"{"v":1,"id":"a"#, "null",
      #"{"v":2,"id":"a","timestamp":"2025-01-15T02:30:00Z","domain":"d","program_name":"p"}"#,
      #"{ "v":1,"id":"a","timestamp":"2025-01-15T02:30:00Z","domain":"d","program_name":"p"}"#,
      #"{"v":1,"id":"a","timestamp":"yesterday","domain":"d","program_name":"p"}"#,
      #"{"v":1,"id":"a","timestamp":1736908200,"domain":"d","program_name":"p"}"#,
      #"{"v":1,"id":"a","timestamp":"2025-01-15T02:30:00Z","domain":"d","program_name":"p"#,
      #"{"v":1,"id":"a","timestamp":"2025-01-15T02:30:00Z","domain":"d","program_name":"p\"q"}"#,
      #"{"v":1,"id":"a","timestamp":"2025-01-15T02:30:00Z","domain":"d","program_name":12}"#,
      #"{"v":1,"id":"a","timestamp":"2025-01-15T02:30:00Z","program_name":"p","domain":"d"}"#,
    ])
  func foreign(body: String) {
    #expect(read(body) == (nil, nil))
  }

  @Test("every prefix of a body is read without a trap")
  func prefixes() {
    let body = #"{"v":1,"id":"a","timestamp":"2025-01-15T02:30:00Z","domain":"d","program_name":"p"}"#
    let found = (0...body.utf8.count).map { read(String(body.prefix($0))).program }
    #expect(found.compactMap { $0 } == ["p", "p"])
  }

  @Test("what the encoder writes is found, whatever the event")
  func encoded() throws {
    let sample = EventSample([
      ("level", .json(.number, "91")), ("message", .text("\"")), ("program_name", .text("p.q")),
      ("domain", .text("example.com")), ("timestamp", .json(.number, "1736908200")),
    ])
    let draft = try #require(sample.draft())
    for audience in [nil, Audience.developer] {
      var body: [UInt8] = []
      BodyEncoder(settings: EventSample.settings).appendBody(
        draft, text: sample.text.span, audience: audience, to: &body)
      #expect(read(String(decoding: body, as: UTF8.self)) == ("p.q", 1_736_908_200))
    }
  }
}
