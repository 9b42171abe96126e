import Testing

@testable import Core

@Suite("Telegram texts")
struct TelegramTextTests {
  @Test("a developer's text has the guide's first line and a line for each field")
  func developer() {
    #expect(
      text(.traditionalChinese, extraInfo: "訂單號: 7", hash: "h1") == """
        錯誤時間:2025-01-15 10:30:00 商城名稱:example.com
        程式:api_server
        函式:payment_failed
        訊息:支付失敗
        附加信息:訂單號: 7
        追蹤碼:h1
        """)
    #expect(
      text(.english) == """
        Error time: 2025-01-15 10:30:00 Shop: example.com
        Program: api_server
        Function: payment_failed
        Message: 支付失敗
        """)
  }

  @Test("a customer's text is the guide's")
  func customer() {
    #expect(
      customer(.traditionalChinese, domain: "example.com", message: "訂單已出貨")
        == "系統通知 - example.com: 訂單已出貨")
    #expect(
      customer(.english, domain: "example.com", message: "shipped")
        == "System notice - example.com: shipped")
  }

  @Test("a text of exactly 4096 UTF-16 units is whole, one more is cut and says how much and of which event")
  func limit() {
    let lead = "系統通知 - d: "
    let fits = String(repeating: "a", count: 4096 - lead.utf16.count)
    #expect(customer(.traditionalChinese, message: fits) == lead + fits)
    let cut = customer(.traditionalChinese, message: fits + "b")
    let kept = cut.prefix { $0 != "\n" }
    #expect((lead + fits).hasPrefix(kept))
    #expect(cut.dropFirst(kept.count) == "\n...(已截斷 \((lead + fits).count + 1 - kept.count) 字,事件 event-1)")
    #expect((4090...4096).contains(cut.utf16.count))
  }

  @Test(
    "whatever it is made of, a text fits, is cut between graphemes and keeps nearly all it can",
    arguments: ["a", "字", "👩‍👩‍👧‍👦", "🇹🇼", "e\u{301}", "\r\n", "👍🏽"], [Settings.Locale.traditionalChinese, .english])
  func graphemes(unit: Character, locale: Settings.Locale) {
    let message = String(repeating: unit, count: 9000)
    let text = customer(locale, message: message)
    #expect(text.utf16.count <= 4096)
    #expect(text.utf16.count > 4096 - 64)
    let kept = text.beforeLast("\n...").dropFirst("\(text.prefix { $0 != ":" }): ".count)
    #expect(kept.count > 150 && kept.allSatisfy { $0 == unit })
  }

  @Test("one grapheme without end is cut inside, so that the rest is still shown")
  func endlessGrapheme() {
    let message = "before a" + String(repeating: "\u{301}", count: 9000)
    let text = customer(.english, message: message)
    #expect(text.utf16.count <= 4096)
    #expect(text.unicodeScalars.count { $0 == "\u{301}" } > 3900)
    #expect(text.hasSuffix("(1 characters cut, event event-1)"))
  }

  @Test("controls that Telegram may refuse are replaced")
  func controls() {
    let text = customer(.english, message: "a\u{0}b\u{1B}c\td\r\ne\u{7F}")
    #expect(text == "System notice - d: a\u{FFFD}b\u{FFFD}c\td\r\ne\u{FFFD}")
  }

  @Test("a formatter's text is cut and cleaned like ours")
  func formatter() throws {
    let text = TelegramText(locale: .english).text(
      of: fields(message: "\u{7}" + String(repeating: "a", count: 9000)), for: .customer, by: try template("{message}"))
    #expect(text.utf16.count == 4096 && text.hasPrefix("\u{FFFD}aaa") && text.hasSuffix("event event-1)"))
  }

  @Test(
    "where a formatter leaves nothing to be seen the standard text is sent, since Telegram refuses an empty one",
    arguments: ["", " \n\t", "\u{200B}\u{2060}\u{FEFF}", "\u{3000}"])
  func nothing(hash: String) throws {
    var event = fields(message: "shipped")
    event.hash = hash
    let text = TelegramText(locale: .english).text(of: event, for: .customer, by: try template("{hash}"))
    #expect(text == "System notice - d: shipped")
  }

  private func template(_ text: String) throws -> MessageTemplate {
    guard case .template(let template) = MessageTemplate.read(text) else { throw Unreadable() }
    return template
  }

  private struct Unreadable: Error {}

  private func fields(domain: String = "d", message: String, extraInfo: String = "", hash: String = "") -> MessageFields
  {
    MessageFields(
      time: "2025-01-15 10:30:00", domain: domain, program: "api_server", level: .error, defName: "payment_failed",
      message: message, extraInfo: extraInfo, hash: hash, id: "event-1")
  }

  private func customer(_ locale: Settings.Locale, domain: String = "d", message: String) -> String {
    TelegramText(locale: locale).text(
      of: fields(domain: domain, message: message), for: .customer,
      by: StandardMessage(for: .customer, locale: locale))
  }

  private func text(_ locale: Settings.Locale, extraInfo: String = "", hash: String = "") -> String {
    TelegramText(locale: locale).text(
      of: fields(domain: "example.com", message: "支付失敗", extraInfo: extraInfo, hash: hash), for: .developer,
      by: StandardMessage(for: .developer, locale: locale))
  }
}

extension String {
  /// What stands before the last `mark`.
  fileprivate func beforeLast(_ mark: String) -> Substring {
    ranges(of: mark).last.map { self[..<$0.lowerBound] } ?? self[...]
  }
}
