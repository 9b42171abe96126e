import Core

/// The publisher's thread, with the machines that decide in the product.
struct SimulatedPublisher: Sendable {
  static let confirmTimeout: Int64 = 400
  static let patience: Int64 = 2000
  static let fallbackAfter = Duration.milliseconds(1200)
  /// Spooled copies that may be on their way to the broker at a time.
  static let republishWindow = 8
  static let packCopies = 3

  enum Content: Sendable {
    case intake(request: Int, deadline: Int64)
    case spooled(SimulatedDisk.Row)
    case letter(LetterOrigin, DeathNote)
  }

  /// Whose dead letter it is.
  enum LetterOrigin: Sendable {
    case consumer(queue: Int, tag: UInt64)
    case store(SimulatedDisk.Row)
  }

  /// A copy that has not ended.
  struct Item: Sendable {
    let copy: Int
    let content: Content
    /// It went in a message that has its name from another copy.
    var isFollower = false
    /// The client knows, or is about to.
    var isAnswered = false
    /// The spool has it or is asked for it: nobody waits for the broker.
    var isSpooling = false
    /// Its row in the spool, which is deleted or released by what comes.
    var held: SimulatedDisk.Row?

    var isLetter: Bool { if case .letter = content { true } else { false } }
  }

  var machine: PublisherMachine
  var reconnect: ReconnectMachine
  var ownership: SpoolOwnership
  var items: [UInt64: Item] = [:]
  var actions: [PublisherAction] = []
  var isLinked = false
  var isConnecting = false
  /// The machine has given the link up.
  var isCut = false
  /// It takes nothing any more: what comes goes past it.
  var hasEnded = false
  /// The tag of what was published last on this link.
  var lastTag: UInt64 = 0
  private var lastTicket: UInt64 = 0

  init(fallback: Settings.Fallback, packs: Bool, now: Int64) {
    machine = PublisherMachine(
      confirmTimeout: Self.confirmTimeout, heartbeat: 500, patience: Self.patience,
      limits: PublisherMachine.Limits(
        window: 12, spooledShare: 3, backlogDepth: 4, crowd: 4, packCopies: packs ? Self.packCopies : 1), now: now)
    reconnect = ReconnectMachine(attempts: 3, interval: 500, pause: 1500)
    ownership = SpoolOwnership(fallback: fallback, fallbackAfter: Self.fallbackAfter, hasWorkers: true, now: now)
  }

  mutating func insert(_ item: Item) -> UInt64 {
    lastTicket += 1
    items[lastTicket] = item
    return lastTicket
  }

  /// Intake copies that neither broker nor spool has been asked for in time.
  func overdue(_ now: Int64) -> Int? {
    items.values.first { item in
      guard case .intake(_, let deadline) = item.content, !item.isAnswered, !item.isSpooling else { return false }
      return deadline <= now
    }?.copy
  }

  var nextDeadline: Int64? {
    [machine.nextDeadline, reconnect.nextDeadline, hasEnded ? nil : ownership.nextDeadline].compactMap { $0 }.min()
  }
}
