import Core

/// What one turn of a loop has gathered: copies for the queue, the answers that wait for them, lines for the console.
///
/// Not copyable: asking it something would else cost a reference count for each of its arrays, at every event.
struct IntakeTurn: ~Copyable {
  private var encoder: BodyEncoder
  private var routes: RouteTable
  private var unwanted: [Routes]
  private let domains: [[UInt8]]
  private var defaultProgram: [UInt8]
  private let console: Console
  private let writesJSON: Bool
  /// `nil` while nobody reads along.
  private var tailed: TailedEvents?
  private(set) var batch = CopyBatch()
  private(set) var waiting: [WaitingAnswer] = []
  /// Lines of events with copies: shown when these are durable.
  private(set) var lines: [UInt8] = []
  /// Lines of events that stay local.
  private var localLines: [UInt8] = []
  /// Events with client-given ids that stay local.
  private var localEvents: [SeenEvent] = []

  init(_ settings: Settings, console: Console) {
    encoder = BodyEncoder(settings: settings)
    routes = settings.routes
    unwanted = settings.domains.map(\.unwantedRoutes)
    domains = settings.domains.map { Array($0.name.utf8) }
    defaultProgram = Array(settings.defaultProgram.utf8)
    self.console = console
    writesJSON = console.formatter?.style == .json
  }

  /// The domains stay those that it was made with.
  mutating func update(_ settings: Settings) {
    encoder = BodyEncoder(settings: settings)
    routes = settings.routes
    unwanted = settings.domains.map(\.unwantedRoutes)
    defaultProgram = Array(settings.defaultProgram.utf8)
  }

  /// A turn begins, during which `tails` read along.
  mutating func began(for tails: TailHub) {
    guard tails.isWatched else {
      if tailed != nil { tailed = nil }
      return
    }
    tailed = TailedEvents(tails.tails)
  }

  var hasCopies: Bool { !batch.rows.isEmpty }

  func routes(of event: EventDraft) -> Routes { routes[event.level].subtracting(unwanted[event.domain]) }

  /// Encodes the copies of a valid event, whose request was complete at `began`; returns which rows of the batch they are.
  mutating func add(
    _ event: EventDraft, text: Span<UInt8>, routes: Routes, identity: EventIdentity?, trace: TraceParent?,
    began: UInt64
  ) -> Range<Int> {
    let first = batch.rows.count
    var body: EncodedBody?
    if !routes.isEmpty {
      body = encoder.append(event, text: text, routes: routes, digest: identity?.content, trace: trace, to: &batch)
      if first == 0 { batch.readAt = began }
    }
    let rows = first..<batch.rows.count
    if let identity, let key = identity.key {
      if routes.isEmpty {
        localEvents.append(SeenEvent(key: key, content: identity.content, stored: .none))
      } else {
        batch.claims.append(CopyBatch.Claim(key: key, content: identity.content, rows: rows))
      }
    }
    if tailed != nil { tail(event, text, rows, trace) }
    if let body, writesJSON, event.truncation.isEmpty {
      ConsoleFormatter.appendJSONEvent(event.level, body, in: batch.bytes, to: &lines)
      return rows
    }
    guard let formatter = console.formatter else { return rows }
    let domain = domains[event.domain]
    if routes.isEmpty {
      Self.append(event, text, formatter, domain, defaultProgram, to: &localLines)
    } else {
      Self.append(event, text, formatter, domain, defaultProgram, to: &lines)
    }
    return rows
  }

  mutating func wait(_ answer: WaitingAnswer) { waiting.append(answer) }

  /// Lines of events that are durable now.
  func write(_ lines: [UInt8]) {
    if !lines.isEmpty { console.write(lines) }
  }

  mutating func writeLocalLines() {
    guard !localLines.isEmpty else { return }
    console.write(localLines)
    localLines = []
  }

  mutating func takeLocalEvents() -> [SeenEvent] {
    defer { localEvents = [] }
    return localEvents
  }

  /// What is read along of this turn's events so far.
  mutating func takeTailed() -> TailedEvents? { tailed?.take() }

  /// Takes everything that goes to the queue together and starts afresh.
  mutating func take() -> (batch: CopyBatch, waiting: [WaitingAnswer], lines: [UInt8]) {
    let taken = (batch, waiting, lines)
    let (bytes, rows) = (batch.bytes.count, batch.rows.count)
    batch = CopyBatch()
    waiting = []
    lines = []
    // The next turn is likely to be of the same size.
    batch.bytes.reserveCapacity(min(bytes + bytes / 4, 1 << 20))
    batch.rows.reserveCapacity(min(rows + rows / 4, 4096))
    waiting.reserveCapacity(taken.1.count)
    lines.reserveCapacity(min(taken.2.count + taken.2.count / 4, 1 << 20))
    return taken
  }

  /// Keeps the event for those that read along.
  private mutating func tail(_ event: EventDraft, _ text: Span<UInt8>, _ rows: Range<Int>, _ trace: TraceParent?) {
    guard var events = tailed else { return }
    // Else there would be two of them while one changes, and its bytes were copied for each event.
    tailed = nil
    events.add(event, in: text, defaultProgram: defaultProgram.span, rows: rows, trace: trace, encoder)
    tailed = events
  }

  /// Of the type: a method would hold a copy of `self`, and with it of the lines, so that each append copied them all.
  private static func append(
    _ event: EventDraft, _ text: Span<UInt8>, _ formatter: ConsoleFormatter, _ domain: [UInt8],
    _ defaultProgram: [UInt8],
    to lines: inout [UInt8]
  ) {
    event.id.withSpan { id in
      formatter.appendEvent(
        event.level, at: event.timestamp, domain: domain.span,
        program: event.program == nil ? defaultProgram.span : text.extracting(event.program ?? 0..<0),
        defName: text.extracting(event.defName.range), message: text.extracting(event.message.range),
        extraInfo: text.extracting(event.extraInfo.range), hash: text.extracting(event.hashValue.range), id: id,
        to: &lines)
    }
  }
}

extension Settings.Domain {
  /// Routes that the word `none` declares unwanted: no copy is made for them. Without an address the webhook has no queue.
  var unwantedRoutes: Routes {
    var routes: Routes = []
    if logbeacon.url == .unwanted { routes.insert(.logbeacon) }
    if telegram.botToken == .unwanted { routes.formUnion([.telegramDeveloper, .telegramCustomer]) }
    if telegram.developer.id == .unwanted { routes.insert(.telegramDeveloper) }
    if telegram.customer.id == .unwanted { routes.insert(.telegramCustomer) }
    if case .set = webhook.url {} else { routes.insert(.webhook) }
    return routes
  }
}
