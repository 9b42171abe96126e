/// A queue message's body as a worker sees it (contracts.md §6).
///
/// Bodies of older producers are taken too: without `v`, `id` or `target`, the level as a name, other JSON types where ours
/// are strings. Texts are made when somebody asks for them: most copies are sent as they lie.
package struct StoredEvent: Sendable {
  package let level: Level
  /// `nil` on a LogBeacon queue, and in an older producer's body: every audience of the level.
  package let target: Audience?
  /// The bytes that the ranges are of.
  private let text: [UInt8]
  private let fields: Fields

  /// Where values lie; `nil` for those that the body does not have.
  private struct Fields: Sendable {
    var id: Range<Int>?
    var timestamp: Range<Int>?
    var isTimestampNumber = false
    var domain: Range<Int>?
    var program: Range<Int>?
    var defName: Range<Int>?
    var message: Range<Int>?
    var extraInfo: Range<Int>?
    var hashValue: Range<Int>?
  }

  /// Reads a body from its members; `nil` if it is unreadable: no known level, neither `def_name` nor `message`, or a
  /// `target` that is unknown.
  package init?(_ members: Span<JSONMember>, text: Span<UInt8>) {
    var level: Level?
    var target: Audience?
    var fields = Fields()
    for index in members.indices where members[index].kind != .null {
      let member = members[index]
      let name = text.extracting(member.name)
      guard let field = EventField(memberName: name) else {
        guard name.isEqual(to: "target") else { continue }
        guard let audience = Audience(rawValue: String(text: text.extracting(member.value))) else { return nil }
        target = audience
        continue
      }
      switch field {
      case .level:
        let value = text.extracting(member.value)
        level = Level(number: value) ?? Level(name: value)
      case .id: fields.id = member.value
      case .timestamp:
        fields.timestamp = member.value
        fields.isTimestampNumber = member.kind == .number
      case .domain: fields.domain = member.value
      case .programName: fields.program = member.value
      case .defName: fields.defName = member.value
      case .message: fields.message = member.value
      case .extraInfo: fields.extraInfo = member.value
      case .hashValue: fields.hashValue = member.value
      case .idempotencyKey: break
      }
    }
    guard let level, fields.defName != nil || fields.message != nil else { return nil }
    self.level = level
    self.target = target
    self.fields = fields
    var bytes: [UInt8] = []
    bytes.append(text)
    self.text = bytes
  }

  /// `nil` in an older producer's body; the message's id stands for it.
  package var id: String? { string(fields.id) }
  /// `nil` if the body does not say; the queue's domain stands for it.
  package var domain: String? { string(fields.domain) }
  package var program: String? { string(fields.program) }
  package var defName: String { string(fields.defName) ?? "" }
  package var message: String { string(fields.message) ?? "" }
  package var extraInfo: String { string(fields.extraInfo) ?? "" }
  package var hashValue: String { string(fields.hashValue) ?? "" }

  /// Unix milliseconds; `nil` if there is none that can be read.
  package var timestamp: Int64? {
    guard let range = fields.timestamp else { return nil }
    let value = text.span.extracting(range)
    let reading = fields.isTimestampNumber ? Timestamp.parseUnixSeconds(value) : Timestamp.parseRFC3339(value)
    guard case .milliseconds(let milliseconds) = reading else { return nil }
    return milliseconds
  }

  private func string(_ range: Range<Int>?) -> String? {
    range.map { String(text: text.span.extracting($0)) }
  }
}
