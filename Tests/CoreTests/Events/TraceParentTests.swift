import Core
import Testing

@Suite("A traceparent") struct TraceParentTests {
  static let valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

  @Test("of version 00 is taken as it stands")
  func taken() throws {
    var bytes: [UInt8] = []
    let trace = TraceParent(Self.valid.utf8.span)
    try #require(trace).append(to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == Self.valid)
  }

  @Test(
    "that is not exactly so is none",
    arguments: [
      "", "00", valid + "-", valid + " ", String(valid.dropLast()), String(valid.dropFirst()),
      "01" + valid.dropFirst(2), "ff" + valid.dropFirst(2), valid.uppercased(),
      "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
      "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0G",
      #"00-4bf92f3577b34da6a3ce929d0e0e473"-00f067aa0ba902b7-01"#,
    ])
  func refused(text: String) {
    let isTaken = TraceParent(text.utf8.span) != nil
    #expect(!isTaken)
  }

  @Test("is the last member of each body before target, where the message's header finds it")
  func encoded() throws {
    let sample = EventSample([
      ("level", .json(.number, "91")), ("hash_value", .text(#"","traceparent":""#)), ("domain", .text("example.com")),
    ])
    let draft = try #require(sample.draft())
    let trace = TraceParent(Self.valid.utf8.span)
    for audience in [nil, Audience.developer, .customer] {
      for given in [trace, nil] {
        var body: [UInt8] = []
        BodyEncoder(settings: EventSample.settings).appendBody(
          draft, text: sample.text.span, audience: audience, trace: given, to: &body)
        let found = MessageProperties(body: body.span).traceparent
        #expect(found.map { String(decoding: body[$0], as: UTF8.self) } == (given == nil ? nil : Self.valid))
        let member = #","traceparent":"\#(Self.valid)""#
        #expect(String(decoding: body, as: UTF8.self).contains(member) == (given != nil))
      }
    }
  }
}
