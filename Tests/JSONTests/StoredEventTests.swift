import Core
import JSON
import Testing

@Suite struct StoredEventTests {
  private static func event(_ body: some Sequence<UInt8>) -> StoredEvent? {
    let reader = JSONReader()
    guard reader.read(Array(body).span, as: .value) == .object else { return nil }
    return reader.withItem(0) { members, text in StoredEvent(members, text: text) }
  }

  @Test("what the encoder wrote is read back", arguments: [nil, .developer, .customer] as [Audience?])
  func ours(audience: Audience?) throws {
    let body =
      #"{"level":"error_ctg","def_name":"f\"n","message":"\u7528 \ud83d\ude00\u0000","extra_info":{"id": 12345678901234567890},"#
      + #""hash_value":"h","program_name":"p","timestamp":"2025-01-15T10:30:00.250+08:00","id":"e-1"}"#
    let settings = Settings()
    let reader = JSONReader()
    #expect(reader.read(Array(body.utf8).span, as: .value) == .object)
    var bytes: [UInt8] = []
    reader.withItem(0) { members, text in
      let verdict = EventRules(settings: settings).check(
        members, text: text, arrival: 0, makeID: { .uuidV7(milliseconds: 0, random: (0, 0)) })
      guard case .valid(let draft) = verdict else { return }
      BodyEncoder(settings: settings).appendBody(draft, text: text, audience: audience, to: &bytes)
    }
    let event = try #require(Self.event(bytes))
    #expect(event.level == .errorCTG)
    #expect(event.id == "e-1")
    #expect(event.timestamp == 1_736_908_200_250)
    #expect(event.domain == "localhost")
    #expect(event.program == "p")
    #expect(event.defName == "f\"n")
    #expect(event.message == "用 😀\0")
    #expect(event.extraInfo == #"{"id":12345678901234567890}"#)
    #expect(event.hashValue == "h")
    #expect(event.target == audience)
  }

  @Test("bodies of older producers are taken")
  func older() throws {
    let event = try #require(
      Self.event(
        #"{"level":"Error","level_name":"Error","def_name":"f","message":5,"extra_info":[1, 2],"timestamp":1736908200.5,"x":1}"#
          .utf8))
    #expect(event.level == .error)
    #expect(event.message == "5")
    #expect(event.extraInfo == "[1,2]")
    #expect(event.timestamp == 1_736_908_200_500)
    #expect(event.id == nil && event.domain == nil && event.program == nil && event.target == nil)
    let other = try #require(
      Self.event(#"{"level":9,"message":null,"def_name":"f","timestamp":"2025-01-15 10:30:00"}"#.utf8))
    #expect(other.timestamp == nil)
    #expect(other.message == "")
  }

  @Test(
    "what is no event is unreadable",
    arguments: [
      "", "x", "[]", "5", "{}", #"{"level":9}"#, #"{"level":5,"message":"m"}"#, #"{"message":"m"}"#,
      #"{"level":9,"message":"m","target":"nobody"}"#, #"{"level":null,"message":"m"}"#,
    ])
  func unreadable(body: String) {
    #expect(Self.event(body.utf8) == nil)
  }
}
