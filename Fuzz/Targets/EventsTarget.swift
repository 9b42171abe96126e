import Core
import JSON

/// From a body to queue messages: what is accepted is encoded as JSON that reads back as the same event.
enum EventsTarget {
  private static let settings: Settings = {
    var settings = Settings()
    settings.domains = ["localhost", "a.example", #"odd"\"#].map { Settings.Domain(name: $0) }
    settings.limits.message = 40
    settings.limits.extraInfo = 30
    return settings
  }()
  private static let rules = EventRules(settings: settings)
  private static let encoder = BodyEncoder(settings: settings)
  private static let marker = "...(已截斷)"

  /// The first byte says how the rest is read.
  static func run(_ input: [UInt8]) {
    guard let first = input.first else { return }
    let body = Array(input.dropFirst())
    let reader = JSONReader(maxItems: 50)
    if case .refused(let failure) = reader.read(body.span, as: first % 2 == 0 ? .value : .lines) {
      if let offset = failure.offset { require(offset <= body.count, "an offset behind the body") }
      return
    }
    require(reader.items.count <= 50, "more items than allowed")
    for index in reader.items.indices where reader.items[index].problem == nil {
      reader.withItem(index) { members, text in check(members, text: text) }
    }
  }

  private static func check(_ members: Span<JSONMember>, text: Span<UInt8>) {
    let made = EventID.uuidV7(milliseconds: 1_736_908_200_000, random: (1, 2))
    let verdict = rules.check(members, text: text, arrival: 1_736_908_200_000, makeID: { made })
    switch verdict {
    case .invalid(let problems): require(!problems.isEmpty, "refused for no reason")
    case .valid(let draft):
      var batch = CopyBatch()
      encoder.append(draft, text: text, routes: draft.level.routes, to: &batch)
      require(batch.rows.count == Routes.all.filter(draft.level.routes.contains).count, "a row for each route")
      for row in batch.rows { check(row, of: batch, draft, text: text) }
      var alone: [UInt8] = []
      encoder.appendBody(draft, text: text, audience: nil, to: &alone)
      if let row = batch.rows.first(where: { $0.audience == nil }) {
        require(Array(batch.bytes[row.body]) == alone, "a body alone is another than in a batch")
      }
    }
  }

  private static func check(_ row: CopyBatch.Row, of batch: CopyBatch, _ draft: EventDraft, text: Span<UInt8>) {
    let body = Array(batch.bytes[row.body])
    require(String(decoding: batch.bytes[row.id], as: UTF8.self) == draft.id.description, "the row's id is another")
    let reader = JSONReader(maxItems: 1)
    require(reader.read(body.span, as: .value) == .object, "a body that is no JSON object")
    let stored = reader.withItem(0) { members, source in StoredEvent(members, text: source) }
    guard let stored else { fatalError("a body that no worker can read") }
    require(stored.id == draft.id.description, "the id changed")
    require(stored.level == draft.level, "the level changed")
    require(stored.timestamp == draft.timestamp, "the timestamp changed")
    require(stored.target == row.audience, "the audience changed")
    require(stored.domain == settings.domains[draft.domain].name, "the domain changed")
    let program = draft.program.map { String(text: text.extracting($0)) } ?? settings.defaultProgram
    require(stored.program == program, "the program changed")
    require(stored.defName == string(draft.defName, text), "def_name changed")
    require(stored.message == string(draft.message, text), "message changed")
    require(stored.extraInfo == string(draft.extraInfo, text), "extra_info changed")
    require(stored.hashValue == string(draft.hashValue, text), "hash_value changed")
    require(stored.message.unicodeScalars.count <= 40 + marker.unicodeScalars.count, "message is too long")
  }

  private static func string(_ part: EventDraft.Text, _ text: Span<UInt8>) -> String {
    String(text: text.extracting(part.range)) + (part.isCut ? marker : "")
  }
}
