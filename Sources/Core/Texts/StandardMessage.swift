/// The guide's notifications (contracts.md §8), in the configured language.
package struct StandardMessage: MessageFormatter {
  private let audience: Audience
  private let locale: Settings.Locale

  package init(for audience: Audience, locale: Settings.Locale) {
    self.audience = audience
    self.locale = locale
  }

  /// Never empty.
  package func text(of event: MessageFields) -> String {
    switch audience {
    case .developer: developer(event)
    case .customer: customer(event)
    }
  }

  /// `錯誤時間:2025-01-15 10:30:00 商城名稱:example.com`, then a line for each field that is not empty.
  private func developer(_ event: MessageFields) -> String {
    var text =
      switch locale {
      case .traditionalChinese: "錯誤時間:\(event.time) 商城名稱:\(event.domain)"
      case .english: "Error time: \(event.time) Shop: \(event.domain)"
      }
    let labels =
      switch locale {
      case .traditionalChinese: ["程式:", "函式:", "訊息:", "附加信息:", "追蹤碼:"]
      case .english: ["Program: ", "Function: ", "Message: ", "Extra info: ", "Hash: "]
      }
    let values = [event.program, event.defName, event.message, event.extraInfo, event.hash]
    for (label, value) in zip(labels, values) where !value.isEmpty { text += "\n\(label)\(value)" }
    return text
  }

  /// `系統通知 - example.com: 訂單已出貨`.
  private func customer(_ event: MessageFields) -> String {
    switch locale {
    case .traditionalChinese: "系統通知 - \(event.domain): \(event.message)"
    case .english: "System notice - \(event.domain): \(event.message)"
    }
  }
}
