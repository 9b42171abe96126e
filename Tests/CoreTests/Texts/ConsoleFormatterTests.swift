import Testing

@testable import Core

@Suite("Console lines")
struct ConsoleFormatterTests {
  /// 2025-01-15 02:30:00.007 UTC.
  static let time: Int64 = 1_736_908_200_007

  @Test("a pretty line reads as the guide prints it, in local time")
  func pretty() {
    #expect(event(.pretty(color: false)) == "2025-01-15 10:30:00 [Info] user_login - 用戶登入成功 - 附加信息: user_id: 1\n")
  }

  @Test("the words follow the locale")
  func english() {
    #expect(
      event(.pretty(color: false), locale: .english, hash: "h1")
        == "2025-01-15 10:30:00 [Info] user_login - 用戶登入成功 - extra info: user_id: 1 - hash: h1\n")
  }

  @Test("empty parts are left out")
  func emptyParts() {
    #expect(event(.pretty(color: false), message: "", extraInfo: "") == "2025-01-15 10:30:00 [Info] user_login\n")
  }

  @Test(
    "program and domain are shown where they are not the default ones",
    arguments: [
      ("localhost", "api_server", "[api_server] "),
      ("shop.example", "default", "[@shop.example] "),
      ("shop.example", "api_server", "[api_server@shop.example] "),
      ("localhost", "default", ""),
    ])
  func source(domain: String, program: String, shown: String) {
    #expect(
      event(.pretty(color: false), domain: domain, program: program, extraInfo: "")
        == "2025-01-15 10:30:00 [Info] \(shown)user_login - 用戶登入成功\n")
  }

  @Test(
    "each level has the guide's colour",
    arguments: [
      (Level.debug, "36"), (.info, "32"), (.error, "31"), (.infoCTG, "32"), (.errorCTG, "31"), (.monitor, "30;42"),
    ])
  func colors(level: Level, code: String) {
    let line = event(.pretty(color: true), level: level)
    #expect(line.hasPrefix("\u{1B}[\(code)m2025-01-15 10:30:00 [\(level.name)] "))
    #expect(line.hasSuffix("user_id: 1\u{1B}[0m\n"))
  }

  @Test("a JSON line has every field, in UTC with milliseconds, and stays UTF-8")
  func json() {
    #expect(
      event(.json, message: "a\"b\nc", hash: "h1")
        == #"{"time":"2025-01-15T02:30:00.007Z","kind":"event","level":"Info","domain":"localhost","#
        + #""program_name":"default","def_name":"user_login","message":"a\"b\nc","extra_info":"user_id: 1","#
        + #""hash_value":"h1","id":"id-1"}"# + "\n")
  }

  @Test(
    "a client's line feed or colour never starts a line or a colour",
    arguments: [ConsoleStyle.json, .pretty(color: true)])
  func injection(style: ConsoleStyle) {
    let forged = "x\n2025-01-15 10:30:00 [Error] \u{1B}[31mforged\u{2028}"
    let line = event(style, message: forged, extraInfo: forged, hash: forged)
    #expect(line.filter { $0.isNewline } == "\n")
    #expect(line.unicodeScalars.count { $0 == "\u{1B}" } == (style == .json ? 0 : 2))
  }

  @Test(
    "a line that is no event carries its kind in JSON and is the text alone otherwise",
    arguments: zip(ConsoleLineKind.allCases, ["worker", "worker", "worker", "health", "notice", "warning"]))
  func plainLines(kind: ConsoleLineKind, name: String) {
    let text = "✅ 發送成功 [TG-customer] \"x\""
    #expect(line(.pretty(color: false), kind, text) == text + "\n")
    #expect(
      line(.json, kind, text)
        == #"{"time":"2025-01-15T02:30:00.007Z","kind":"\#(name)","message":"✅ 發送成功 [TG-customer] \"x\""}"# + "\n")
  }

  @Test("failures are red and successes green where there is colour")
  func lineColors() {
    #expect(line(.pretty(color: true), .failed, "x") == "\u{1B}[31mx\u{1B}[0m\n")
    #expect(line(.pretty(color: true), .delivered, "x") == "\u{1B}[32mx\u{1B}[0m\n")
    #expect(line(.pretty(color: true), .health, "x") == "x\n")
  }

  @Test(
    "a JSON line made of the encoded body is the one made of the texts",
    arguments: [
      "", "plain", "用戶 😀 e\u{301}", "\"quotes\" \\ / \n\r\t\u{8}\u{c}", "\u{0}\u{1}\u{1f}\u{7f}\u{85}\u{2028}\u{202e}",
      "\\u{202e}\u{61c}…✅ ¢",
    ])
  func fromBody(text: String) throws {
    var settings = EventSample.settings
    settings.limits = Settings.Limits()
    let name = "f\(text)"
    let sample = EventSample([
      ("level", .json(.number, "91")), ("program_name", .text("mall")), ("def_name", .text(name)),
      ("message", .text(text)), ("extra_info", .text(text)), ("hash_value", .text(text)),
    ])
    let draft = try #require(sample.draft(settings: settings))
    let trace = TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".utf8.span)
    var batch = CopyBatch()
    batch.bytes = [1, 2, 3]
    let encoder = BodyEncoder(settings: settings)
    let body = try #require(
      encoder.append(draft, text: sample.text.span, routes: [.logbeacon, .telegramDeveloper], trace: trace, to: &batch))
    var (fromBody, fromTexts): ([UInt8], [UInt8]) = ([], [])
    ConsoleFormatter.appendJSONEvent(draft.level, body, in: batch.bytes, to: &fromBody)
    formatter(.json, .english).appendEvent(
      draft.level, at: draft.timestamp, domain: "localhost".utf8.span, program: "mall".utf8.span,
      defName: name.utf8.span, message: text.utf8.span, extraInfo: text.utf8.span, hash: text.utf8.span,
      id: EventSample.madeID.description.utf8.span, to: &fromTexts)
    #expect(String(decoding: fromBody, as: UTF8.self) == String(decoding: fromTexts, as: UTF8.self))
  }

  @Test(
    "the style follows the settings and the output",
    arguments: [
      (Settings.ConsoleFormat.auto, Settings.ConsoleColor.auto, true, true, ConsoleStyle?.some(.pretty(color: true))),
      (.auto, .auto, true, false, .pretty(color: false)),
      (.auto, .auto, false, true, .json),
      (.auto, .never, true, true, .pretty(color: false)),
      (.pretty, .auto, false, true, .pretty(color: false)),
      (.pretty, .always, false, false, .pretty(color: true)),
      (.json, .always, true, true, .json),
      (.off, .always, true, true, nil),
    ])
  func styles(
    format: Settings.ConsoleFormat, color: Settings.ConsoleColor, isTerminal: Bool, mayColor: Bool, style: ConsoleStyle?
  ) {
    var settings = Settings.Console()
    settings.format = format
    settings.color = color
    #expect(ConsoleStyle.choose(settings, isTerminal: isTerminal, mayColor: mayColor) == style)
  }

  private func event(
    _ style: ConsoleStyle, locale: Settings.Locale = .traditionalChinese, level: Level = .info,
    domain: String = "localhost", program: String = "default", message: String = "用戶登入成功",
    extraInfo: String = "user_id: 1", hash: String = ""
  ) -> String {
    var bytes: [UInt8] = []
    formatter(style, locale).appendEvent(
      level, at: Self.time, domain: Array(domain.utf8).span, program: Array(program.utf8).span,
      defName: Array("user_login".utf8).span, message: Array(message.utf8).span,
      extraInfo: Array(extraInfo.utf8).span, hash: Array(hash.utf8).span, id: Array("id-1".utf8).span, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  private func line(_ style: ConsoleStyle, _ kind: ConsoleLineKind, _ text: String) -> String {
    var bytes: [UInt8] = []
    formatter(style, .traditionalChinese).appendLine(kind, at: Self.time, text: Array(text.utf8).span, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  private func formatter(_ style: ConsoleStyle, _ locale: Settings.Locale) -> ConsoleFormatter {
    ConsoleFormatter(
      style: style, locale: locale, defaultDomain: "localhost", defaultProgram: "default",
      time: LocalTime { _ in 8 * 3600 })
  }
}
