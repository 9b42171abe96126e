import Testing

@testable import Core

@Suite("Formatters")
struct MessageFormatterTests {
  // The example of docs/custom-sinks.md, word for word.
  struct BracketedMessage: MessageFormatter {
    func text(of event: MessageFields) -> String {
      "[\(event.time)] [\(event.level.name)] \(event.defName) | \(event.message) | \(event.extraInfo)"
    }
  }

  @Test("the documentation's formatter makes the guide's line, and Telegram's text takes it")
  func example() throws {
    let event = MessageFields(
      time: "2025-01-15 10:30:00", domain: "shop", program: "api", level: .error, defName: "pay", message: "支付失敗",
      extraInfo: "7", hash: "", id: "e1")
    let text = TelegramText(locale: .english).text(of: event, for: .developer, by: BracketedMessage())
    #expect(text == "[2025-01-15 10:30:00] [Error] pay | 支付失敗 | 7")
    let document = try Documents.text("docs/custom-sinks.md")
    let shown = try #require(document.firstMatch(of: /```swift\n([\s\S]*?)```/)).1
    let source = try Documents.text("Tests/CoreTests/Texts/MessageFormatterTests.swift")
    for line in shown.split(separator: "\n") { #expect(source.contains("  \(line)\n"), "\(line)") }
  }

  @Test("the message of a slow request is in the configured language")
  func monitor() {
    #expect(MonitorText.apiTime(milliseconds: 2100, locale: .traditionalChinese) == "API 響應時間: 2100ms")
    #expect(MonitorText.apiTime(milliseconds: 2100, locale: .english) == "API response time: 2100ms")
  }
}
