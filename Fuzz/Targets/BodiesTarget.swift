import Core
import JSON

/// Queue messages of anybody: a body is read or refused, and what a worker makes of it keeps Telegram's limits.
enum BodiesTarget {
  static func run(_ input: [UInt8]) {
    let reader = JSONReader(maxItems: 1)
    guard reader.read(input.span, as: .value) == .object else { return }
    let event = reader.withItem(0) { members, text in StoredEvent(members, text: text) }
    guard let event else { return }
    for locale in [Settings.Locale.traditionalChinese, .english] {
      let texts = TelegramText(locale: locale)
      let fields = MessageFields(
        time: LocalTime.utc.text(event.timestamp ?? 0), domain: event.domain ?? "", program: event.program ?? "",
        level: event.level, defName: event.defName, message: event.message, extraInfo: event.extraInfo,
        hash: event.hashValue, id: "0197f7a0-0000-7000-8000-000000000000")
      for audience in Audience.allCases {
        let text = texts.text(of: fields, for: audience, by: StandardMessage(for: audience, locale: locale))
        require(!text.isEmpty && text.utf16.count <= TelegramText.maxUnits, "\(text.utf16.count) units")
        let acts = text.utf8.contains { $0 == 0x7F || $0 < 0x20 && !(0x09...0x0D).contains($0) }
        require(!acts, "a control character in a notification")
      }
    }
  }
}
