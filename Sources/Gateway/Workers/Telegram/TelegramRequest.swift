import Core
import HTTPClient

/// One domain's bot: where its messages are posted (contracts.md §8).
struct TelegramBot {
  /// The public number before the token's colon; what lanes of one bot have in common.
  let number: String
  let token: Secret
  /// Holds the token: never shown.
  private let url: String

  init(apiBase: String, token: Secret) {
    self.token = token
    let number = token.value.utf8.prefix { (48...57).contains($0) }
    let isNumbered = token.value.utf8.dropFirst(number.count).first == UInt8(ascii: ":")
    self.number = isNumbered ? String(Substring(number)) : "bot"
    url = "\(apiBase.hasSuffix("/") ? String(apiBase.dropLast()) : apiBase)/bot\(token.value)/sendMessage"
  }

  func request(_ message: TelegramMessage) -> HTTPRequest {
    var request = HTTPRequest(url: url)
    request.headers = [("Content-Type", "application/json")]
    request.body = message.json
    return request
  }
}

/// One `sendMessage`: plain text, so that nothing in it acts.
struct TelegramMessage {
  let chat: String
  let text: String
  let thread: Int64?
  let isSilent: Bool

  var json: [UInt8] {
    var json: [UInt8] = []
    json.append(#"{"chat_id":"#)
    // A number where it is one; `@channel` and the like are strings.
    if let number = Int64(chat) { json.append(decimal: Int(number)) } else { json.appendJSONString(chat.utf8Span.span) }
    json.append(#","text":"#)
    json.appendJSONString(text.utf8Span.span)
    if let thread {
      json.append(#","message_thread_id":"#)
      json.append(decimal: Int(thread))
    }
    if isSilent { json.append(#","disable_notification":true"#) }
    json.append("}")
    return json
  }
}
