/// The lines of a worker, as the guide's chapter 6 prints them (contracts.md §9), without their line feed.
///
/// What comes from events and answers is harmless and on one line.
package struct WorkerTexts: Sendable {
  private let locale: Settings.Locale
  private var words: EventWords { EventWords(locale) }
  /// How much of a notification its worker line repeats, in Unicode scalars.
  private static let notificationScalars = 200

  package init(locale: Settings.Locale) {
    self.locale = locale
  }

  /// Of a sink that gets events as they are, and no texts.
  ///
  /// Appends `✅ 發送成功 [LogBeacon-Info] function_name - 操作成功 - 附加信息: 詳細資訊`.
  package func appendDelivered(
    _ sink: Sink = .logbeacon, level: Level, defName: Span<UInt8>, message: Span<UInt8>, extraInfo: Span<UInt8>,
    to text: inout [UInt8]
  ) {
    text.append(words.delivered)
    append(sink, level: level, to: &text)
    words.appendSummary(defName: defName, message: message, extraInfo: extraInfo, to: &text)
  }

  /// Appends `❌ 發送失敗 [LogBeacon-Error] function_name - 操作失敗 - 附加信息: 錯誤訊息 - 原因: HTTP 503`.
  package func appendFailed(
    _ sink: Sink = .logbeacon, level: Level, defName: Span<UInt8>, message: Span<UInt8>, extraInfo: Span<UInt8>,
    reason: String,
    to text: inout [UInt8]
  ) {
    text.append(words.failed)
    append(sink, level: level, to: &text)
    words.appendSummary(defName: defName, message: message, extraInfo: extraInfo, to: &text)
    append(reason: reason, to: &text)
  }

  /// `✅ 發送成功 [TG-customer] 系統通知 - example.com: 訂單已出貨`; of a longer text its first line and `...`.
  package func delivered(_ audience: Audience, text: String) -> String {
    String(bytes: notification(words.delivered, audience, text))
  }

  /// `❌ 發送失敗 [TG-developer] 錯誤時間:… - 原因: HTTP 502`.
  package func failed(_ audience: Audience, text: String, reason: String) -> String {
    var line = notification(words.failed, audience, text)
    append(reason: reason, to: &line)
    return String(bytes: line)
  }

  /// `[待命中] 目前無訊息處理 (LogBeacon: 0)` or `[處理中] 待處理訊息 (LogBeacon: 15)`.
  package func health(_ sink: Sink, waiting: Int) -> String {
    let state =
      switch (locale, waiting) {
      case (.traditionalChinese, 0): "[待命中] 目前無訊息處理"
      case (.traditionalChinese, _): "[處理中] 待處理訊息"
      case (.english, 0): "[idle] no messages waiting"
      case (.english, _): "[busy] messages waiting"
      }
    return "\(state) (\(sink.label): \(waiting))"
  }

  /// A sink's answer made fit for a line or a dead letter: invalid UTF-8 repaired, cut at `scalars` Unicode scalars.
  package static func response(_ bytes: Span<UInt8>, scalars: Int) -> String {
    // A scalar has at most four bytes, so what lies behind can't be shown whatever it is.
    var start: [UInt8] = []
    start.append(bytes.extracting(first: scalars * 4 + 4))
    let text = String(decoding: start, as: UTF8.self).unicodeScalars
    guard let end = text.index(text.startIndex, offsetBy: scalars, limitedBy: text.endIndex), end != text.endIndex
    else { return String(text) }
    return "\(String(text[..<end]))\(Marker.response)"
  }

  private func append(_ sink: Sink, level: Level, to text: inout [UInt8]) {
    text.append(contentsOf: sink.label.utf8)
    text.append("-")
    text.append(level.name)
    text.append("] ")
  }

  private func append(reason: String, to text: inout [UInt8]) {
    text.append(" - ")
    text.append(words.reasonLabel)
    text.append(" ")
    text.append(printable: reason.utf8Span.span)
  }

  private func notification(_ lead: StaticString, _ audience: Audience, _ text: String) -> [UInt8] {
    let scalars = text.unicodeScalars
    let limit = scalars.index(scalars.startIndex, offsetBy: Self.notificationScalars, limitedBy: scalars.endIndex)
    let end = scalars[..<(limit ?? scalars.endIndex)].firstIndex(of: "\n") ?? limit ?? scalars.endIndex
    var line: [UInt8] = []
    line.append(lead)
    line.append("TG-")
    line.append(contentsOf: audience.rawValue.utf8)
    line.append("] ")
    line.append(printable: Array(text[..<end].utf8).span)
    if end != scalars.endIndex { line.append("...") }
    return line
  }
}

extension Sink {
  /// What worker lines call it.
  package var label: String {
    switch self {
    case .logbeacon: "LogBeacon"
    case .telegram: "TG"
    case .webhook: "Webhook"
    }
  }
}

extension String {
  fileprivate init(bytes: [UInt8]) {
    self.init(decoding: bytes, as: UTF8.self)
  }
}
