import Core
import Platform

/// What a chat is shown of copies.
extension TelegramCourier {
  /// The text of one copy, or of the digest that it carries.
  func text(of item: Item, _ audience: Audience) -> String {
    let event = item.event
    let fields = MessageFields(
      time: time.text(event.timestamp ?? Clock.unixMilliseconds()),
      domain: event.domain ?? item.delivery.queue.domain, program: event.program ?? "", level: event.level,
      defName: event.defName, message: event.message, extraInfo: event.extraInfo, hash: event.hashValue, id: item.id)
    if let digest = item.digest {
      let span = TelegramText.Span(first: time.text(digest.first), last: time.text(digest.last))
      return notifications.text(of: digest, repeating: fields, span, for: audience)
    }
    let formatter = formatters[item.domain][audience] ?? StandardMessage(for: audience, locale: settings.locale)
    return notifications.text(of: fields, for: audience, by: formatter)
  }

  /// One message for copies that have waited long.
  func packedText(of items: [Item], _ audience: Audience) -> String {
    notifications.packed(
      items.map { item in
        TelegramText.Piece(
          id: item.id, text: item.text ?? text(of: item, audience), isTooOld: item.isTooOld)
      })
  }
}
