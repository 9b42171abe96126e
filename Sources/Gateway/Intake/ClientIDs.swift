import Core
import Integrity
import Platform

/// Events with client-given ids on one loop: which is new, and who waits for its like. Confined to the loop.
final class ClientIDs {
  /// A request, or an item of a batch, that waits.
  struct Twin {
    let answer: WaitingAnswer
    /// Of a batch's item.
    let index: Int?
  }

  enum Verdict {
    /// To be stored.
    case new
    /// Durable already.
    case duplicate(StoredIn)
    case conflict
    /// ``wait(_:for:)`` must follow; the loop is told the end with this number.
    case underWay(UInt64)
  }

  private static let separator = [UInt8(ascii: "\n")]

  private let seen: SeenEvents
  private let loop: Int
  private let digester = Digester()
  /// With a separator behind each.
  private let domains: [[UInt8]]
  private var defaultProgram: [UInt8]
  private var twins: [UInt64: Twin] = [:]
  private var nextTwin: UInt64 = 0

  init(_ parts: IntakeParts, mailbox: Mailbox<IntakeLoop.Message>) {
    seen = parts.seen
    loop = parts.seen.join(mailbox)
    domains = parts.settings.domains.map { Array($0.name.utf8) + Self.separator }
    defaultProgram = Array(parts.settings.defaultProgram.utf8)
  }

  func update(_ settings: Settings) {
    defaultProgram = Array(settings.defaultProgram.utf8)
  }

  /// `nil` for an event whose id is ours. `source` is what the client sent of it.
  func identity(of event: EventDraft, text: Span<UInt8>, source: Span<UInt8>) -> EventIdentity? {
    guard event.hasClientID else { return nil }
    let content = digester.digest(source)
    guard seen.isOn else { return EventIdentity(content: content, key: nil) }
    // Neither domains nor programs hold a line feed, so no two keys have the same bytes.
    let domain = domains[event.domain]
    digester.add(domain.span)
    let standard = defaultProgram
    if let program = event.program { digester.add(text.extracting(program)) } else { digester.add(standard.span) }
    let separator = Self.separator
    digester.add(separator.span)
    event.id.withSpan { digester.add($0) }
    return EventIdentity(content: content, key: digester.finish())
  }

  /// `identity` without a key if there is no room to remember it.
  func claim(_ identity: inout EventIdentity, at milliseconds: Int64) -> Verdict {
    guard let key = identity.key else { return .new }
    let verdict = seen.claimed(
      key, identity.content, now: milliseconds, waiter: SeenTable.Waiter(loop: loop, twin: nextTwin))
    switch verdict {
    case .first: return .new
    case .untracked:
      identity = EventIdentity(content: identity.content, key: nil)
      return .new
    case .duplicate(let stored): return .duplicate(stored)
    case .conflict: return .conflict
    case .underWay:
      defer { nextTwin += 1 }
      return .underWay(nextTwin)
    }
  }

  func wait(_ twin: Twin, for number: UInt64) { twins[number] = twin }

  func takeTwin(_ number: UInt64) -> Twin? { twins.removeValue(forKey: number) }

  /// A batch of this loop was stored, or was not.
  func ended(_ claims: [CopyBatch.Claim], _ outcome: StoreOutcome, at milliseconds: Int64) {
    for claim in claims {
      let end = outcome.stored(claim.rows).map { TwinEnd.stored($0) } ?? .failed(outcome.failure ?? .unwritable)
      seen.ended(claim.key, end, now: milliseconds)
    }
  }

  /// An event without copies needs nothing stored.
  func endedLocally(_ key: ContentDigest, at milliseconds: Int64) {
    seen.ended(key, .stored(.none), now: milliseconds)
  }
}
