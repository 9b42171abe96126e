/// A queue message's body as a worker sees it (contracts.md §6).
///
/// Bodies of older producers are taken too: without `v`, `id` or `target`, the level as a name, other JSON types where ours
/// are strings.
package struct StoredEvent: Sendable, Equatable {
  /// `nil` in an older producer's body; the message's id stands for it.
  package var id: String?
  /// Unix milliseconds; `nil` if there is none that can be read.
  package var timestamp: Int64?
  /// `nil` if the body does not say; the queue's domain stands for it.
  package var domain: String?
  package var program: String?
  package var level: Level
  package var defName = ""
  package var message = ""
  package var extraInfo = ""
  package var hashValue = ""
  /// `nil` on a LogBeacon queue, and in an older producer's body: every audience of the level.
  package var target: Audience?

  package init(level: Level) {
    self.level = level
  }

  /// Reads a body from its members; `nil` if it is unreadable: no known level, neither `def_name` nor `message`, or a
  /// `target` that is unknown.
  package init?(_ members: Span<JSONMember>, text: Span<UInt8>) {
    var level: Level?
    var isEvent = false
    self.init(level: .debug)
    for index in members.indices where members[index].kind != .null {
      let member = members[index]
      let value = text.extracting(member.value)
      let name = text.extracting(member.name)
      if name.isEqual(to: "target") {
        guard let audience = Audience(rawValue: String(text: value)) else { return nil }
        target = audience
      }
      guard let field = EventField(memberName: name) else { continue }
      switch field {
      case .level: level = Level(number: value) ?? Level(name: value)
      case .id: id = String(text: value)
      case .timestamp: timestamp = Self.time(member.kind, value)
      case .domain: domain = String(text: value)
      case .programName: program = String(text: value)
      case .defName: defName = String(text: value)
      case .message: message = String(text: value)
      case .extraInfo: extraInfo = String(text: value)
      case .hashValue: hashValue = String(text: value)
      case .idempotencyKey: break
      }
      if field == .defName || field == .message { isEvent = true }
    }
    guard let level, isEvent else { return nil }
    self.level = level
  }

  private static func time(_ kind: JSONMember.Kind, _ value: Span<UInt8>) -> Int64? {
    let reading = kind == .number ? Timestamp.parseUnixSeconds(value) : Timestamp.parseRFC3339(value)
    guard case .milliseconds(let milliseconds) = reading else { return nil }
    return milliseconds
  }
}
