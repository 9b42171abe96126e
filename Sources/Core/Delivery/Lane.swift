/// What copies wait for together: a pair of domain and program at LogBeacon, a chat at Telegram.
package struct LaneID: Hashable, Sendable, CustomStringConvertible {
  /// The domain of a pair, the public number of a bot.
  package let scope: String
  /// The program of a pair, the id of a chat; `Parking.lane` in a queue.
  package let name: String

  package init(scope: String, name: String) {
    self.scope = scope
    self.name = name
  }

  package var description: String { "\(scope)/\(name)" }
}

/// How a lane may be called.
package enum LaneKind: Sendable, Equatable {
  /// One call in flight until one was delivered with the current key, then as many as the sink takes.
  case pair
  /// As many calls as the sink takes, whatever was delivered before.
  case open
  /// One call in flight, in the order of the store's rows; see ``OrderedLine``.
  case ordered
  /// One call in flight, 1 a second.
  case chat
  /// One call in flight, 1 a second, 20 a minute.
  case group

  /// Whether calls are counted against the sink's published limits.
  var isPaced: Bool { self == .chat || self == .group }

  func buckets(transit: Int64) -> [TokenBucket] {
    let chat = TokenBucket(capacity: 1, window: 1000, transit: transit)
    return switch self {
    case .pair, .open, .ordered: []
    case .chat: [chat]
    case .group: [chat, TokenBucket(capacity: 20, window: 60_000, transit: transit)]
    }
  }
}

/// The state of one lane: the line before it and why it may stand still.
struct Lane: Sendable {
  let id: LaneID
  let kind: LaneKind
  /// Copies to be sent, oldest first.
  var waiting = FIFO<HeldCopy>()
  var inFlight = 0
  /// The last send; monotonic milliseconds.
  var sentAt = Lane.longAgo
  /// A copy was delivered with the credentials that are current.
  var isProven = false
  var pause: Pause?
  /// No call before this time; monotonic milliseconds.
  var blockedUntil = Lane.longAgo
  /// Calls made, against the sink's limits, as the sink counts them.
  var buckets: [TokenBucket]
  /// Calls promised: when each copy's turn will come.
  var plan: [TokenBucket]
  /// Copies parked until their turn; when they come back they stand before newer ones.
  var called: Set<String> = []
  /// The last turn promised that has room for others.
  var sharedTurn: DeliveryMachine.SharedTurn?
  /// Copies of a refused message that are sent alone from now on.
  var apart: Set<String> = []
  /// The last turn promised; monotonic milliseconds.
  var lastTurn = Lane.longAgo
  /// Of an ordered lane: where its copies are.
  var order: OrderedLine?
  /// Of an ordered lane: the queue that all of its copies are of.
  let queue: Int
  /// How long the last call of an ordered lane took, in milliseconds.
  var callTook: Int64?
  /// Queues in which copies of this lane may be parked.
  var parkedIn: Set<Int> = []
  /// It stands in the machine's line of lanes that can send.
  var isReady = false
  /// When the machine will look at it again; monotonic milliseconds.
  var armedAt: Int64?

  /// The lane's key or chat was refused: one probe at a time until one gets through.
  struct Pause: Sendable, Equatable {
    var probeAt: Int64
    /// The copy on trial.
    var probe: UInt64?
    let interval: Int64
  }

  /// Before every time that a clock shows, and far enough from the end of the numbers to reckon with.
  static let longAgo = Int64.min / 2

  init(id: LaneID, kind: LaneKind, queue: Int) {
    self.id = id
    self.kind = kind
    self.queue = queue
    if kind == .ordered { order = OrderedLine() }
    buckets = kind.buckets(transit: DeliveryMachine.longestTransit)
    plan = kind.buckets(transit: 0)
  }

  /// Calls that may be in flight.
  var width: Int {
    switch kind {
    case .pair: isProven ? .max : 1
    case .open: .max
    case .chat, .group, .ordered: 1
    }
  }

  /// Nothing would be forgotten with it but that its credentials were proven.
  func isIdle(at now: Int64) -> Bool {
    waiting.isEmpty && inFlight == 0 && order?.isIdle ?? true && pause == nil && blockedUntil <= now && called.isEmpty
      && apart.isEmpty
      && buckets.allSatisfy { $0.available(from: now) == now }
  }

  /// The earliest time at which the limits let it be called.
  func callable(from now: Int64) -> Int64 {
    buckets.reduce(max(now, blockedUntil)) { $1.available(from: $0) }
  }

  /// Promises the next free turn.
  mutating func nextTurn(from now: Int64) -> Int64 {
    let turn = plan.reduce(max(now, blockedUntil)) { $1.available(from: $0) }
    for index in plan.indices { plan[index].take(at: turn) }
    lastTurn = turn
    return turn
  }

  /// Whether this copy was promised a turn before. Promises to copies that never came back lapse in a minute.
  mutating func wasCalled(_ messageID: String, now: Int64) -> Bool {
    if called.isEmpty { return false }
    let wasCalled = called.remove(messageID) != nil
    if lastTurn < now - 60_000 { called = [] }
    return wasCalled
  }
}

/// What lanes of one bot share: 30 calls a second, and a common block when several chats were limited at once.
struct LaneScope: Sendable {
  var bucket = TokenBucket(capacity: 30, window: 1000, transit: DeliveryMachine.longestTransit)
  var blockedUntil = Lane.longAgo
  var lastLimited: (lane: LaneID, at: Int64)?

  /// Two chats limited within this many milliseconds mean the bot, not the chat.
  static let togetherWithin: Int64 = 5000

  func callable(from now: Int64) -> Int64 {
    bucket.available(from: max(now, blockedUntil))
  }
}
