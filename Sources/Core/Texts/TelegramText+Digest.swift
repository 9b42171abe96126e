extension TelegramText {
  /// A digest's times, in the configured zone.
  package struct Span: Sendable, Equatable {
    package let first: String
    package let last: String

    package init(first: String, last: String) {
      self.first = first
      self.last = last
    }
  }

  /// What repeats of `event` became: their count, first and last time, and for developers the distinct `extra_info`.
  package func text(of digest: Digest, repeating event: MessageFields, _ span: Span, for audience: Audience) -> String {
    let text =
      switch audience {
      case .developer: developer(digest, event, span)
      case .customer: customer(digest, event, span)
      }
    return fit(text, id: event.id)
  }

  private func developer(_ digest: Digest, _ event: MessageFields, _ span: Span) -> String {
    var lines: [String]
    let labels: [String]
    switch locale {
    case .traditionalChinese:
      lines = ["重複錯誤:\(digest.count) 次 商城名稱:\(event.domain)", "首次:\(span.first) 最近:\(span.last)"]
      labels = ["程式:", "函式:", "訊息:", "附加信息:"]
    case .english:
      lines = [
        "Repeated error: \(digest.count) times Shop: \(event.domain)", "First: \(span.first) Last: \(span.last)",
      ]
      labels = ["Program: ", "Function: ", "Message: ", "Extra info: "]
    }
    for (label, value) in zip(labels, [event.program, event.defName, event.message]) where !value.isEmpty {
      lines.append(label + value)
    }
    if !digest.infos.isEmpty {
      lines.append(labels[3])
      lines += digest.infos.map { "- \($0)" }
      if digest.hasMoreInfos { lines.append("- ...") }
    }
    return lines.joined(separator: "\n")
  }

  private func customer(_ digest: Digest, _ event: MessageFields, _ span: Span) -> String {
    let text = StandardMessage(for: .customer, locale: locale).text(of: event)
    switch locale {
    case .traditionalChinese: return "\(text)\n重複 \(digest.count) 次,首次:\(span.first) 最近:\(span.last)"
    case .english: return "\(text)\nRepeated \(digest.count) times, first: \(span.first) last: \(span.last)"
    }
  }
}
