/// The notifications of contracts.md §8: plain text, never empty, at most 4096 UTF-16 units.
package struct TelegramText: Sendable {
  /// Telegram's limit after entity parsing; counting UTF-16 units is safe under every reading of it.
  package static let maxUnits = 4096

  let locale: Settings.Locale

  package init(locale: Settings.Locale) {
    self.locale = locale
  }

  /// What `formatter` makes of an event; the standard text where nothing visible came out, since Telegram refuses that.
  package func text(of event: MessageFields, for audience: Audience, by formatter: any MessageFormatter) -> String {
    let text = formatter.text(of: event)
    return fit(text.isBlank ? StandardMessage(for: audience, locale: locale).text(of: event) : text, id: event.id)
  }

  func fit(_ text: String, id: String) -> String {
    let text = text.withoutControls
    guard text.utf16.count > Self.maxUnits else { return text }
    // The note's length depends on its number, which has no more digits than the whole text has characters.
    let count = text.count
    let kept = text.prefix(units: Self.maxUnits - note(cut: count, id: id).utf16.count)
    return kept + note(cut: max(1, count - kept.count), id: id)
  }

  private func note(cut: Int, id: String) -> String {
    switch locale {
    case .traditionalChinese: "\n...(已截斷 \(cut) 字,事件 \(id))"
    case .english: "\n... (\(cut) characters cut, event \(id))"
    }
  }
}

extension String {
  /// True where nothing would be seen: white space, and scalars that have no width.
  var isBlank: Bool {
    unicodeScalars.allSatisfy { $0.properties.isWhitespace || $0.properties.isDefaultIgnorableCodePoint }
  }

  /// No real grapheme is longer; one that is gets cut inside, so that it does not swallow what could be shown.
  private static let maxGraphemeUnits = 64

  /// The longest beginning of at most `units` UTF-16 units that ends on a grapheme boundary.
  func prefix(units: Int) -> String {
    var left = units
    var end = startIndex
    while end != endIndex {
      let next = index(after: end)
      let length = self[end..<next].utf16.count
      if length > left {
        return length > Self.maxGraphemeUnits
          ? String(self[..<end]) + self[end..<next].prefix(scalarUnits: left)
          : String(self[..<end])
      }
      left -= length
      end = next
    }
    return self
  }

  /// C0 controls but white space, and DEL, replaced by U+FFFD: Telegram shows none and may refuse some.
  var withoutControls: String {
    func acts(_ byte: UInt8) -> Bool { (byte < 0x20 && !(0x09...0x0D).contains(byte)) || byte == 0x7F }
    guard utf8.contains(where: acts) else { return self }
    var scalars = String.UnicodeScalarView()
    scalars.append(contentsOf: unicodeScalars.map { $0.isASCII && acts(UInt8($0.value)) ? "\u{FFFD}" : $0 })
    return String(scalars)
  }
}

extension Substring {
  fileprivate func prefix(scalarUnits units: Int) -> String {
    var left = units
    let scalars = unicodeScalars.prefix { scalar in
      left -= scalar.value > 0xFFFF ? 2 : 1
      return left >= 0
    }
    return String(scalars)
  }
}
