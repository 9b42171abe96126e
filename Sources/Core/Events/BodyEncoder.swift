/// Writes the bodies of queue messages (contracts.md §6). What depends on settings alone is escaped once, in advance.
package struct BodyEncoder: Sendable {
  /// For each domain: from the end of the timestamp to the start of the program.
  private let domains: [[UInt8]]
  private let defaultProgram: [UInt8]

  package init(settings: Settings) {
    domains = settings.domains.map { domain in
      var part: [UInt8] = []
      part.append(#"","domain":""#)
      part.appendJSONEscaped(domain.name.utf8.span)
      part.append(#"","program_name":""#)
      return part
    }
    var program: [UInt8] = []
    program.appendJSONEscaped(settings.defaultProgram.utf8.span)
    defaultProgram = program
  }

  /// Appends the copies of `event` that `routes` asks for, one row each.
  ///
  /// `routes` is what remains of the level's routes when sinks that are declared unwanted are taken out.
  /// `digest` goes with each of them, `trace` is in each body. Returns where the parts of the first one are.
  @discardableResult
  package func append(
    _ event: EventDraft, text: Span<UInt8>, routes: Routes, digest: ContentDigest? = nil,
    trace: TraceParent? = nil, to batch: inout CopyBatch
  ) -> EncodedBody? {
    var first: EncodedBody?
    let digestStart = batch.bytes.count
    digest?.append(to: &batch.bytes)
    let digestRange = digestStart..<batch.bytes.count
    for route in Routes.all where routes.contains(route) {
      let start = batch.bytes.count
      let id: Range<Int>
      if let first {
        batch.bytes.append(copyOf: first.opened)
        let offset = start - first.opened.lowerBound
        id = first.id.lowerBound + offset..<first.id.upperBound + offset
      } else {
        let body = appendOpened(event, text: text, trace: trace, to: &batch.bytes)
        first = body
        id = body.id
      }
      let audience = route.audience
      appendEnd(audience, to: &batch.bytes)
      batch.rows.append(
        CopyBatch.Row(
          queue: QueueID(domain: event.domain, sink: route.sink, domains: domains.count), audience: audience, id: id,
          body: start..<batch.bytes.count, digest: digestRange))
    }
    return first
  }

  /// Appends one body; with `target` if there is an audience.
  package func appendBody(
    _ event: EventDraft, text: Span<UInt8>, audience: Audience?, trace: TraceParent? = nil, to bytes: inout [UInt8]
  ) {
    _ = appendOpened(event, text: text, trace: trace, to: &bytes)
    appendEnd(audience, to: &bytes)
  }

  /// Appends all but the end and tells where its parts are.
  private func appendOpened(
    _ event: EventDraft, text: Span<UInt8>, trace: TraceParent?, to bytes: inout [UInt8]
  ) -> EncodedBody {
    let start = bytes.count
    bytes.append(#"{"v":1,"id":""#)
    let idStart = bytes.count
    event.id.append(to: &bytes)
    let idEnd = bytes.count
    bytes.append(#"","timestamp":""#)
    let timestampStart = bytes.count
    Timestamp.appendUTC(event.timestamp, to: &bytes)
    let sourceStart = bytes.count
    let domain = domains[event.domain]
    bytes.append(domain.span)
    if let program = event.program {
      bytes.append(text.extracting(program))
    } else {
      bytes.append(defaultProgram.span)
    }
    let sourceEnd = bytes.count
    bytes.append(event.level.bodyPart)
    let textsStart = bytes.count - Self.textsLead.utf8CodeUnitCount
    append(event.defName, text: text, to: &bytes)
    bytes.append(#"","message":""#)
    append(event.message, text: text, to: &bytes)
    bytes.append(#"","extra_info":""#)
    append(event.extraInfo, text: text, to: &bytes)
    bytes.append(#"","hash_value":""#)
    append(event.hashValue, text: text, to: &bytes)
    let textsEnd = bytes.count
    if let trace {
      bytes.append(contentsOf: MessageProperties.traceLabel.utf8)
      trace.append(to: &bytes)
    }
    return EncodedBody(
      opened: start..<bytes.count, id: idStart..<idEnd, timestamp: timestampStart..<sourceStart,
      source: sourceStart..<sourceEnd, texts: textsStart..<textsEnd)
  }

  /// What a level's part of a body ends with.
  private static let textsLead: StaticString = #"","def_name":""#

  private func append(_ part: EventDraft.Text, text: Span<UInt8>, to bytes: inout [UInt8]) {
    let kept = text.extracting(part.range)
    if part.isPlain { bytes.append(kept) } else { bytes.appendJSONEscaped(kept) }
    if part.isCut { bytes.append(Marker.truncated) }
  }

  private func appendEnd(_ audience: Audience?, to bytes: inout [UInt8]) {
    switch audience {
    case nil: bytes.append(#""}"#)
    case .developer: bytes.append(#"","target":"developer"}"#)
    case .customer: bytes.append(#"","target":"customer"}"#)
    }
  }
}

extension Routes {
  /// The service of a single route.
  fileprivate var sink: Sink {
    switch self {
    case .logbeacon: .logbeacon
    case .webhook: .webhook
    default: .telegram
    }
  }

  /// The audience of a single route; `nil` where it is no chat.
  fileprivate var audience: Audience? {
    switch self {
    case .telegramDeveloper: .developer
    case .telegramCustomer: .customer
    default: nil
    }
  }
}

extension Level {
  /// A body from the end of the program to the start of `def_name`.
  fileprivate var bodyPart: StaticString {
    switch self {
    case .debug: #"","level":0,"level_name":"Debug","def_name":""#
    case .info: #"","level":1,"level_name":"Info","def_name":""#
    case .error: #"","level":9,"level_name":"Error","def_name":""#
    case .infoCTG: #"","level":11,"level_name":"Info_CTG","def_name":""#
    case .errorCTG: #"","level":91,"level_name":"Error_CTG","def_name":""#
    case .monitor: #"","level":99,"level_name":"Monitor","def_name":""#
    }
  }
}
