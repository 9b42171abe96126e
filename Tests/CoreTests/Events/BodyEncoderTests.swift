import Core
import Foundation
import Testing

@Suite struct BodyEncoderTests {
  private static func object(_ bytes: some Sequence<UInt8>) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
  }

  private static func body(_ sample: EventSample, audience: Audience? = nil) throws -> [UInt8] {
    let draft = try #require(sample.draft())
    var bytes: [UInt8] = []
    BodyEncoder(settings: EventSample.settings).appendBody(
      draft, text: sample.text.span, audience: audience, to: &bytes)
    return bytes
  }

  @Test("a body is written exactly as the contract shows it")
  func exact() throws {
    let sample = EventSample([
      ("level", .json(.number, "9")), ("domain", .text("example.com")), ("program_name", .text("mall")),
      ("id", .text("order-1")), ("extra_info", .json(.object, #"{"n":12345678901234567890}"#)),
      ("hash_value", .text("a\"b")), ("timestamp", .json(.number, "1736908200")),
    ])
    var settings = EventSample.settings
    settings.limits.extraInfo = 100
    let draft = try #require(sample.draft(settings: settings))
    var bytes: [UInt8] = []
    BodyEncoder(settings: settings).appendBody(draft, text: sample.text.span, audience: .developer, to: &bytes)
    let expected =
      #"{"v":1,"id":"order-1","timestamp":"2025-01-15T02:30:00.000Z","domain":"example.com","program_name":"mall","#
      + #""level":9,"level_name":"Error","def_name":"user_login","message":"用戶登入成功","#
      + #""extra_info":"{\"n\":12345678901234567890}","hash_value":"a\"b","target":"developer"}"#
    #expect(String(decoding: bytes, as: UTF8.self) == expected)
  }

  @Test(
    "every text survives the way into the body",
    arguments: [
      "", "plain", "用戶 😀 e\u{301}", "\"quotes\" \\ / \n\r\t\u{8}\u{c}", "\u{0}\u{1}\u{1f}\u{7f}\u{85}\u{2028}\u{202e}",
    ])
  func roundTrip(text: String) throws {
    var settings = EventSample.settings
    settings.limits = Settings.Limits()
    let name = text.isEmpty ? "f" : text
    let sample = EventSample([
      ("def_name", .text(name)), ("message", .text(text)), ("extra_info", .text(text)), ("hash_value", .text(text)),
    ])
    let draft = try #require(sample.draft(settings: settings))
    var bytes: [UInt8] = []
    BodyEncoder(settings: settings).appendBody(draft, text: sample.text.span, audience: nil, to: &bytes)
    let object = try Self.object(bytes)
    #expect(object["def_name"] as? String == name)
    #expect(object["message"] as? String == text)
    #expect(object["extra_info"] as? String == text)
    #expect(object["hash_value"] as? String == text)
    #expect(object["program_name"] as? String == "default")
    #expect(object["domain"] as? String == "localhost")
    #expect(object["v"] as? Int == 1)
    #expect(object["id"] as? String == EventSample.madeID.description)
    #expect(object["target"] == nil)
    #expect(object.count == 11)
  }

  @Test("a cut text ends in the marker")
  func marker() throws {
    let sample = EventSample([
      ("message", .text(String(repeating: "用", count: 13))), ("extra_info", .json(.array, "[1,2,3,4,5,6]")),
    ])
    let object = try Self.object(try Self.body(sample))
    #expect(object["message"] as? String == String(repeating: "用", count: 12) + "...(已截斷)")
    #expect(object["extra_info"] as? String == "[1,2,3,4,5...(已截斷)")
  }

  @Test("every level has its number and name", arguments: Level.allCases)
  func levels(level: Level) throws {
    let object = try Self.object(try Self.body(EventSample([("level", .json(.number, "\(level.rawValue)"))])))
    #expect(object["level"] as? Int == Int(level.rawValue))
    #expect(object["level_name"] as? String == "\(level.name)")
  }

  @Test(
    "a batch gets one row a route, each with its own body, id and target",
    arguments: [
      (Routes.logbeacon, [nil]),
      ([.logbeacon, .telegramDeveloper, .telegramCustomer], [nil, "developer", "customer"]),
      ([.telegramDeveloper, .telegramCustomer], ["developer", "customer"]), (.telegramCustomer, ["customer"]), ([], []),
    ] as [(Routes, [String?])])
  func batch(routes: Routes, targets: [String?]) throws {
    let sample = EventSample([("domain", .text("example.com")), ("level", .json(.number, "91"))])
    let draft = try #require(sample.draft())
    let encoder = BodyEncoder(settings: EventSample.settings)
    var batch = CopyBatch()
    batch.bytes = Array("before".utf8)
    for _ in 0..<2 { encoder.append(draft, text: sample.text.span, routes: routes, to: &batch) }
    #expect(batch.rows.count == targets.count * 2)
    var end = 6
    for (row, target) in zip(batch.rows, targets + targets) {
      #expect(row.body.lowerBound == end)
      end = row.body.upperBound
      let object = try Self.object(batch.bytes[row.body])
      #expect(object["target"] as? String == target)
      #expect(object["message"] as? String == "用戶登入成功")
      #expect(row.audience?.rawValue == target)
      #expect(row.queue == QueueID(domain: 1, sink: target == nil ? .logbeacon : .telegram))
      #expect(String(decoding: batch.bytes[row.id], as: UTF8.self) == EventSample.madeID.description)
    }
    #expect(end == batch.bytes.count)
  }
}
