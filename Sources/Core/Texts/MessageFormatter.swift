/// Makes an event into a text for people: the guide's `_format_message` (chapter 9.1).
///
/// Ships as ``StandardMessage``, the guide's own texts, and as ``MessageTemplate``, which the configuration writes. A
/// formatter returns plain text of any length: who sends it cuts it, replaces controls, and falls back to the standard
/// text where nothing visible came out. It is called on a worker's thread, once a notification, and must not block.
package protocol MessageFormatter: Sendable {
  func text(of event: MessageFields) -> String
}

/// What a formatter has of an event; what the event does not say is empty.
package struct MessageFields: Sendable, Equatable {
  /// In the configured zone: `2025-01-15 10:30:00`.
  package var time: String
  package var domain: String
  package var program: String
  package var level: Level
  package var defName: String
  package var message: String
  package var extraInfo: String
  package var hash: String
  package var id: String

  package init(
    time: String, domain: String, program: String, level: Level, defName: String, message: String, extraInfo: String,
    hash: String, id: String
  ) {
    self.time = time
    self.domain = domain
    self.program = program
    self.level = level
    self.defName = defName
    self.message = message
    self.extraInfo = extraInfo
    self.hash = hash
    self.id = id
  }
}
