import Core

/// One life of the process: everything that a crash takes along.
struct SimulatedGateway: Sendable {
  static let maxAttempts = 4
  static let maxInFlight = 6
  /// Each queue may take nearly all calls, if nobody else wants them.
  static let limits = Array(repeating: maxInFlight - 1, count: queues)
  static let prefetch = 20
  /// Copies that a slow worker is still given.
  static let leastPrefetch = 4
  static let queues = 3
  /// Windows of a queue that count more end early.
  static let maxCounted = 8

  /// A request that was read: its copies by number.
  struct Request: Sendable {
    let copies: Range<Int>
  }

  /// A copy that the worker has.
  struct Held: Sendable {
    enum Origin: Sendable {
      case store(SimulatedDisk.Row)
      /// The consumer's name for it.
      case broker(tag: UInt64)

      var row: UInt64 { if case .store(let row) = self { UInt64(row.sequence) } else { 0 } }
    }

    let ticket: UInt64
    let copy: Int
    let queue: Int
    let digest: UInt64
    let attempt: Int
    let origin: Origin
    /// Others that it stands for; `nil`: it is no digest.
    var counted: Set<Int>?
  }

  /// Who has a row that was given out.
  enum Holder: Sendable {
    case worker
    case publisher
    /// Nobody was given it: its tag is open at the broker.
    case broker
  }

  /// What the store is asked for beside requests that go straight to it, and whom its answer is for.
  enum Order: Sendable {
    case spool(copy: Int, request: Int)
    case shelve(ticket: UInt64, copy: Int)
    case hold(ticket: UInt64, copy: Int)
    case park(queue: Int, tag: UInt64, SimulatedBroker.Item, Parking)
    case bury(queue: Int, tag: UInt64, copy: Int, DeathNote)
  }

  let life: Int
  var machine: DeliveryMachine
  var grouping: Grouping
  /// Copies by the number of the window that counts them, until they are settled.
  var windows: [UInt64: Set<Int>] = [:]
  /// Windows whose digest was sent, or tried.
  var sentWindows: Set<UInt64> = []
  /// Copies that carry a digest, with its window's number.
  var carriers: [Int: UInt64] = [:]
  /// `nil` with the embedded queue alone.
  var publisher: SimulatedPublisher?
  var consumer: SimulatedConsumer?
  var shutdown: ShutdownMachine
  /// Requests that the publisher has: what they wait for.
  var pending: [Int: (request: Request, left: Int, isStored: Bool)] = [:]
  var lastRequest = 0
  var orders: [Order] = []
  /// What the store's thread knows of the owner of spooled copies.
  var spoolOwner = SpoolOwnership.Owner.workers
  /// Parked copies go with spooled ones.
  var isGivingBack = false
  /// By queue: nothing is offered to the publisher before.
  var republishAt = [Int64](repeating: 0, count: SimulatedGateway.queues)
  /// Read, and in no commit yet.
  var requests: [Request] = []
  /// In the commit that is under way.
  var committing: Committing?
  /// Their commit has ended, the clients know nothing yet.
  var answers: [(request: Request, isStored: Bool)] = []
  var settlements: [(row: SimulatedDisk.Row, verdict: SimulatedDisk.Verdict)] = []
  var releases: [(queue: Int, lane: String)] = []
  var wakes: [SimulatedDisk.Wake] = []
  /// By queue; `nil` is cancelled.
  var prefetches = [Int?](repeating: nil, count: SimulatedGateway.queues)
  /// Given out and not settled durably, by row.
  var given: [Int: Holder] = [:]
  var held: [Held] = []
  var lastTicket: UInt64 = 0
  /// Nothing new is taken any more.
  var isDraining: Bool { shutdown.isRefusing }

  struct Committing: Sendable {
    var requests: [Request]
    var orders: [Order]
    /// The rows of `orders` that store one, in their order.
    var rows: [SimulatedDisk.Row]
    var commit: SimulatedDisk.Commit
  }

  /// `fallback` is `nil` without a broker.
  init(life: Int, fallback: Settings.Fallback?, packs: Bool = false, now: Int64) {
    self.life = life
    shutdown = ShutdownMachine(hasBroker: fallback != nil)
    if let fallback {
      publisher = SimulatedPublisher(fallback: fallback, packs: packs, now: now)
      consumer = SimulatedConsumer()
      spoolOwner = .nobody
    }
    grouping = Grouping(epoch: UInt64(life), maxCounted: Self.maxCounted)
    machine = DeliveryMachine(
      limits: Self.limits,
      retry: RetryPolicy(maxAttempts: Self.maxAttempts, backoff: Backoff(delay: 500, maxDelay: 8000)),
      maxFlights: Self.maxInFlight)
  }

  func credit(of queue: Int, disk: SimulatedDisk) -> Int {
    guard let prefetch = prefetches[queue] else { return 0 }
    return prefetch - disk.rows.count { $0.queue == queue && given[$0.sequence] == .worker }
  }

  mutating func takeHeld(_ ticket: UInt64) -> Held? {
    guard let index = held.firstIndex(where: { $0.ticket == ticket }) else { return nil }
    return held.remove(at: index)
  }

  /// Copies that are elsewhere by settlements that no commit knows of: a crash gives them out again.
  var uncommitted: [Int] {
    let waiting = settlements + (committing?.commit.settlements ?? [])
    return waiting.filter(\.verdict.isDone).map(\.row.copy)
  }

  /// The store thread has nothing to do.
  var isStoreIdle: Bool {
    requests.isEmpty && orders.isEmpty && committing == nil && answers.isEmpty && settlements.isEmpty
      && releases.isEmpty && wakes.isEmpty
  }
}
