/// The words around an event's fields in lines for people, in the configured language.
struct EventWords: Sendable {
  private let locale: Settings.Locale

  init(_ locale: Settings.Locale) {
    self.locale = locale
  }

  /// Appends `def_name - message - 附加信息: extra_info`, harmless; empty parts are left out.
  func appendSummary(
    defName: Span<UInt8>, message: Span<UInt8>, extraInfo: Span<UInt8>, to line: inout [UInt8]
  ) {
    line.append(printable: defName)
    if !message.isEmpty {
      line.append(" - ")
      line.append(printable: message)
    }
    if !extraInfo.isEmpty {
      line.append(" - ")
      line.append(extraInfoLabel)
      line.append(" ")
      line.append(printable: extraInfo)
    }
  }

  /// Appends ` - 追蹤碼: hash` unless it is empty.
  func append(hash: Span<UInt8>, to line: inout [UInt8]) {
    if hash.isEmpty { return }
    line.append(" - ")
    line.append(hashLabel)
    line.append(" ")
    line.append(printable: hash)
  }

  var extraInfoLabel: StaticString { traditionalChinese ? "附加信息:" : "extra info:" }
  var hashLabel: StaticString { traditionalChinese ? "追蹤碼:" : "hash:" }
  var reasonLabel: StaticString { traditionalChinese ? "原因:" : "reason:" }
  var delivered: StaticString { traditionalChinese ? "✅ 發送成功 [" : "✅ sent [" }
  var failed: StaticString { traditionalChinese ? "❌ 發送失敗 [" : "❌ not sent [" }

  private var traditionalChinese: Bool { locale == .traditionalChinese }
}
