/// Decides, for the one link that does nothing but publish, what is published now, what waits, and what becomes of each copy.
///
/// A copy that the link cannot take, that comes back or that is answered too late for its client goes to the spool. The first
/// confirm that is late marks the broker *stalled*: new copies go straight to the spool until a confirm comes or the link is
/// replaced. The tag of a late copy stays open until the link ends, so that a late confirm deletes the spooled copy in place
/// of making a duplicate (contracts.md §6).
///
/// The shell calls the functions named after events and does what they append to `actions`, in order. Times are monotonic
/// milliseconds. A ticket is the shell's name for a copy; no two copies that the machine knows have the same.
package struct PublisherMachine: Sendable {
  package struct Limits: Sendable {
    /// Copies that may be unanswered on the link, those nobody waits for any more included.
    package var window = 1024
    /// Of the window, what spooled copies get while there are clients: what is on the link before a client's copy is
    /// confirmed before it.
    package var spooledShare = 64
    /// How long after a client's copy spooled ones get no more than their share, in milliseconds.
    package var clientTime: Int64 = 100
    /// Spooled copies above which new ones may go behind them; see ``SpoolBacklog``.
    package var backlogDepth = 2000
    /// Body bytes of intake copies and letters that may wait for a place in the window.
    package var maxWaitingBytes = 16 << 20
    /// Unconfirmed copies from which on others wait for company; see ``PublisherMachine/isGathering(_:)``.
    package var crowd = 16
    /// Copies of one queue that go in one message; 1: each has a message of its own.
    package var packCopies = 1
    /// Body bytes of a pack; a longer copy goes alone.
    package var packBytes = CopyPack.maxBytes
    /// A link with nothing to confirm for so long is asked to confirm a message that goes nowhere, in milliseconds: only so
    /// does an idle process learn that the broker hangs or has raised an alarm. 0 is never.
    package var probeInterval: Int64 = 5000

    package init() {}

    package init(window: Int, spooledShare: Int, backlogDepth: Int, crowd: Int, packCopies: Int = 1) {
      self.window = window
      self.spooledShare = spooledShare
      self.backlogDepth = backlogDepth
      self.crowd = crowd
      self.packCopies = packCopies
    }
  }

  /// How many times `replaceAfter` a single copy may stay unanswered while others are answered.
  static let lostFactor: Int64 = 10

  /// How long a client, or a letter's owner, waits for a confirm; the broker is stalled after that.
  package let confirmTimeout: Int64
  /// A link that has owed confirms for `confirmTimeout` and so long beyond without sending one is cut.
  package let replaceAfter: Int64
  let limits: Limits

  struct Waiting: Sendable {
    let ticket: UInt64
    let bytes: Int
    /// The queue whose packs it may be in; `nil`: it goes alone.
    let lane: Int?
    let deadline: Int64
    let kind: PublisherTags.Entry.Kind
  }

  /// What the spool's answer about a held copy will find.
  enum Verdict: Sendable, Equatable {
    case confirmed
    case released
  }

  var isUp = false
  var isBlocked = false
  var isStalled = false
  var isStopping = false
  /// The link was cut, and its end is awaited.
  var isCut = false
  var hasReportedOddConfirm = false
  /// When the link last did something: opened, confirmed, unblocked.
  var progressAt: Int64 = 0
  var unblockedAt: Int64 = 0

  /// Intake copies and letters, in order of arrival.
  var urgent = FIFO<Waiting>()
  var urgentBytes = 0
  /// Spooled copies; their number is bounded by whoever hands them in.
  var spooled = FIFO<Waiting>()
  /// Until when copies wait for company; `nil`: none does.
  var gatherUntil: Int64?
  var tags = PublisherTags()
  /// Open tags of spooled copies.
  var openSpooled = 0
  /// Until when spooled copies get no more than their share.
  var clientsUntil: Int64 = .min
  var backlog: SpoolBacklog
  /// Places of copies that somebody waits for, in the order in which they were handed in.
  var due = FIFO<UInt64>()
  /// Before this place every copy has been judged late or not.
  var judgedPlace: UInt64 = 1
  /// Late copies that the spool has not answered for, by ticket: their place.
  var holding: [UInt64: UInt64] = [:]
  /// Copies stored as held, by ticket: their place.
  var held: [UInt64: UInt64] = [:]
  /// Late copies that the broker has answered for before the spool did.
  var verdicts: [UInt64: Verdict] = [:]

  package internal(set) var ledger = PublisherLedger()
  /// When ``condition`` last changed.
  package internal(set) var since: Int64

  /// Away from `now` on, until `linkOpened`. `heartbeat` is 0 for none. A silent link is borne for two heartbeats, `patience` at
  /// least.
  package init(
    confirmTimeout: Int64, heartbeat: Int64, patience: Int64 = 30_000, limits: Limits = Limits(), now: Int64
  ) {
    self.confirmTimeout = max(1, confirmTimeout)
    replaceAfter = max(1, patience, 2 * heartbeat)
    self.limits = limits
    backlog = SpoolBacklog(depth: limits.backlogDepth)
    since = now
  }

  package var condition: BrokerCondition {
    if !isUp { return .away }
    if isBlocked { return .blocked }
    return isStalled ? .stalled : .connected
  }

  /// Nobody waits for an answer of the broker, or for a place in the window.
  package var isQuiet: Bool { ledger.outstanding == 0 && urgent.isEmpty && spooled.isEmpty && holding.isEmpty }

  /// When the oldest copy without an answer was published.
  package var oldestOpenAt: Int64? { tags.open > 0 ? tags[tags.first].publishedAt : nil }

  var takesCopies: Bool { isUp && !isBlocked && !isStalled && !isStopping && !isCut }

  // MARK: Copies

  /// A copy is handed in. `bytes` is the length of its body; copies of one `lane` may share a message.
  package mutating func submitted(
    _ ticket: UInt64, bytes: Int, lane: Int? = nil, _ copy: PublisherCopy, now: Int64,
    _ actions: inout [PublisherAction]
  ) {
    let (deadline, kind): (Int64, PublisherTags.Entry.Kind) =
      switch copy {
      case .intake(let deadline): (deadline, .intake)
      case .spooled: (.max, .spooled)
      case .letter: (now + confirmTimeout, .letter)
      }
    let waiting = Waiting(ticket: ticket, bytes: bytes, lane: lane, deadline: deadline, kind: kind)
    guard takesCopies, deadline > now, kind == .spooled || hasRoom(waiting, now, &actions) else {
      return turnAway(ticket, kind, &actions)
    }
    if kind == .intake {
      backlog.copyCame()
      if backlog.takesNewCopies { return actions.append(.shelve(ticket: ticket)) }
    }
    if kind == .spooled {
      spooled.append(waiting)
    } else {
      urgentBytes += bytes
      urgent.append(waiting)
      clientsUntil = now + limits.clientTime
    }
  }

  /// What waits is bounded in bytes; what only waits for the end of the turn goes first.
  private mutating func hasRoom(_ waiting: Waiting, _ now: Int64, _ actions: inout [PublisherAction]) -> Bool {
    if urgentBytes + waiting.bytes > limits.maxWaitingBytes { publishWaiting(now, &actions) }
    return urgentBytes + waiting.bytes <= limits.maxWaitingBytes
  }

  /// Hands a copy to the link, in a message of its own or in that of the copy before it. Its place.
  mutating func publish(
    _ waiting: Waiting, joins: Bool = false, _ now: Int64, _ actions: inout [PublisherAction]
  ) -> UInt64 {
    let place = tags.next
    let tag = tags.append(
      PublisherTags.Entry(ticket: waiting.ticket, deadline: waiting.deadline, publishedAt: now, kind: waiting.kind),
      joins: joins)
    ledger.published += 1
    ledger.outstanding += 1
    actions.append(.publish(ticket: waiting.ticket, tag: tag))
    return place
  }

  /// A spooled copy is published next.
  func prefersSpooled(_ now: Int64) -> Bool {
    !spooled.isEmpty && (openSpooled < limits.spooledShare || urgent.isEmpty && clientsUntil <= now)
  }

  /// What is to be published next, if the window has room beside `taken` others.
  mutating func takeWaiting(_ now: Int64, besides taken: Int = 0) -> Waiting? {
    guard takesCopies, tags.open + taken < limits.window, taken < tags.room else { return nil }
    guard prefersSpooled(now), let first = spooled.removeFirst() else { return takeUrgent() }
    openSpooled += 1
    return first
  }

  mutating func takeUrgent() -> Waiting? {
    guard let waiting = urgent.removeFirst() else { return nil }
    urgentBytes -= waiting.bytes
    return waiting
  }

  /// Ends a copy that the broker does not have, or will not answer for.
  func turnAway(_ ticket: UInt64, _ kind: PublisherTags.Entry.Kind, _ actions: inout [PublisherAction]) {
    switch kind {
    case .intake: actions.append(.spool(ticket: ticket))
    case .spooled: actions.append(.giveBack(ticket: ticket))
    case .letter: actions.append(.failed(ticket: ticket))
    case .probe: break
    }
  }

  /// When an idle link is to be probed; `nil`: not as things are.
  var probeAt: Int64? {
    takesCopies && tags.open == 0 && limits.probeInterval > 0 ? progressAt + limits.probeInterval : nil
  }

  mutating func probe(_ now: Int64, _ actions: inout [PublisherAction]) {
    _ = tags.append(PublisherTags.Entry(ticket: 0, deadline: .max, publishedAt: now, kind: .probe))
    actions.append(.probe)
  }

  /// Ends everything that waits for a place in the window.
  mutating func turnAwayWaiting(_ actions: inout [PublisherAction]) {
    while let waiting = takeUrgent() { turnAway(waiting.ticket, waiting.kind, &actions) }
    while let waiting = spooled.removeFirst() { turnAway(waiting.ticket, waiting.kind, &actions) }
  }

  mutating func reportChange(from old: BrokerCondition, _ now: Int64, _ actions: inout [PublisherAction]) {
    guard condition != old else { return }
    since = now
    actions.append(.report(.condition(condition)))
  }
}
