import Testing

@testable import Core

@Suite("Worker lines")
struct WorkerTextsTests {
  @Test("deliveries to LogBeacon read as in the guide")
  func logbeacon() {
    #expect(delivered(.info) == "✅ 發送成功 [LogBeacon-Info] function_name - 操作成功 - 附加信息: 詳細資訊")
    #expect(
      failed(.error, reason: "HTTP 503: 忙碌")
        == "❌ 發送失敗 [LogBeacon-Error] function_name - 操作成功 - 附加信息: 詳細資訊 - 原因: HTTP 503: 忙碌")
    #expect(delivered(.errorCTG, .english) == "✅ sent [LogBeacon-Error_CTG] function_name - 操作成功 - extra info: 詳細資訊")
  }

  @Test("a notification's line is its first line, and says so if there is more")
  func telegram() {
    let texts = WorkerTexts(locale: .traditionalChinese)
    #expect(
      texts.delivered(.developer, text: "錯誤時間:2025-01-15 10:30:00 商城名稱:example.com\n程式:api")
        == "✅ 發送成功 [TG-developer] 錯誤時間:2025-01-15 10:30:00 商城名稱:example.com...")
    #expect(
      texts.delivered(.customer, text: "系統通知 - example.com: 訂單已出貨")
        == "✅ 發送成功 [TG-customer] 系統通知 - example.com: 訂單已出貨")
    #expect(
      texts.failed(.customer, text: "系統通知", reason: "HTTP 403: {\"ok\":false}\n")
        == "❌ 發送失敗 [TG-customer] 系統通知 - 原因: HTTP 403: {\"ok\":false}\\n")
    #expect(
      texts.delivered(.customer, text: String(repeating: "字", count: 201))
        == "✅ 發送成功 [TG-customer] " + String(repeating: "字", count: 200) + "...")
  }

  @Test(
    "the state of a queue reads as in the guide",
    arguments: [
      (Sink.logbeacon, 0, "[待命中] 目前無訊息處理 (LogBeacon: 0)", "[idle] no messages waiting (LogBeacon: 0)"),
      (.logbeacon, 15, "[處理中] 待處理訊息 (LogBeacon: 15)", "[busy] messages waiting (LogBeacon: 15)"),
      (.telegram, 0, "[待命中] 目前無訊息處理 (TG: 0)", "[idle] no messages waiting (TG: 0)"),
      (.webhook, 2, "[處理中] 待處理訊息 (Webhook: 2)", "[busy] messages waiting (Webhook: 2)"),
    ])
  func health(sink: Sink, waiting: Int, chinese: String, english: String) {
    #expect(WorkerTexts(locale: .traditionalChinese).health(sink, waiting: waiting) == chinese)
    #expect(WorkerTexts(locale: .english).health(sink, waiting: waiting) == english)
  }

  @Test("a webhook's line names it in either language")
  func webhook() {
    var line: [UInt8] = []
    let texts = WorkerTexts(locale: .english)
    texts.appendDelivered(
      .webhook, level: .error, defName: "f".utf8.span, message: "m".utf8.span, extraInfo: "".utf8.span, to: &line)
    texts.appendFailed(
      .webhook, level: .info, defName: "f".utf8.span, message: "".utf8.span, extraInfo: "".utf8.span,
      reason: "HTTP 500", to: &line)
    #expect(
      String(decoding: line, as: UTF8.self)
        == "✅ sent [Webhook-Error] f - m❌ not sent [Webhook-Info] f - reason: HTTP 500")
  }

  @Test(
    "an answer is cut at so many scalars, and not before",
    arguments: [("字", 499, false), ("字", 500, false), ("字", 501, true), ("e\u{301}", 250, false), ("👍🏽", 251, true)])
  func responses(unit: String, count: Int, isCut: Bool) {
    let answer = String(repeating: unit, count: count)
    let shown = response(Array(answer.utf8))
    #expect(shown.hasSuffix("...(響應過長已截斷)") == isCut)
    #expect(shown.unicodeScalars.count == (isCut ? 500 + 12 : answer.unicodeScalars.count))
    #expect(answer.unicodeScalars.starts(with: shown.unicodeScalars.prefix(min(500, answer.unicodeScalars.count))))
  }

  @Test("an answer that is not UTF-8 is repaired")
  func brokenResponse() {
    #expect(response([0x61, 0xFF, 0x62]) == "a\u{FFFD}b")
    #expect(response([]) == "")
  }

  private func response(_ bytes: [UInt8]) -> String {
    WorkerTexts.response(bytes.span, scalars: 500)
  }

  private func delivered(_ level: Level, _ locale: Settings.Locale = .traditionalChinese) -> String {
    var text: [UInt8] = []
    WorkerTexts(locale: locale).appendDelivered(
      level: level, defName: Array("function_name".utf8).span, message: Array("操作成功".utf8).span,
      extraInfo: Array("詳細資訊".utf8).span, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  private func failed(_ level: Level, reason: String) -> String {
    var text: [UInt8] = []
    WorkerTexts(locale: .traditionalChinese).appendFailed(
      level: level, defName: Array("function_name".utf8).span, message: Array("操作成功".utf8).span,
      extraInfo: Array("詳細資訊".utf8).span, reason: reason, to: &text)
    return String(decoding: text, as: UTF8.self)
  }
}
