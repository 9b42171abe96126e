import Core

/// One life of the process: everything that a crash takes along.
struct SimulatedGateway: Sendable {
  static let maxAttempts = 4
  static let maxInFlight = 6
  static let prefetch = 20
  static let queues = 3

  /// A request that was read: its copies by number.
  struct Request: Sendable {
    let copies: Range<Int>
  }

  struct Held: Sendable {
    let ticket: UInt64
    let row: SimulatedDisk.Row
  }

  let life: Int
  var machine: DeliveryMachine
  /// Read, and in no commit yet.
  var requests: [Request] = []
  /// In the commit that is under way.
  var committing: (requests: [Request], commit: SimulatedDisk.Commit)?
  /// Their commit has ended, the clients know nothing yet.
  var answers: [(request: Request, isStored: Bool)] = []
  var settlements: [(row: SimulatedDisk.Row, settlement: Settlement)] = []
  var releases: [(queue: Int, lane: String)] = []
  /// By queue; `nil` is cancelled.
  var prefetches = [Int?](repeating: nil, count: SimulatedGateway.queues)
  /// Given out and not settled durably.
  var given: Set<Int> = []
  var held: [Held] = []
  var lastTicket: UInt64 = 0
  var isDraining = false

  init(life: Int) {
    self.life = life
    machine = DeliveryMachine(
      queues: Self.queues,
      retry: RetryPolicy(maxAttempts: Self.maxAttempts, backoff: Backoff(delay: 500, maxDelay: 8000)),
      maxInFlight: Self.maxInFlight)
  }

  func credit(of queue: Int, disk: SimulatedDisk) -> Int {
    guard let prefetch = prefetches[queue] else { return 0 }
    return prefetch - disk.rows.count { $0.queue == queue && given.contains($0.sequence) }
  }

  mutating func takeHeld(_ ticket: UInt64) -> SimulatedDisk.Row? {
    guard let index = held.firstIndex(where: { $0.ticket == ticket }) else { return nil }
    return held.remove(at: index).row
  }

  /// Deliveries that no commit knows of: the sink has them, and a crash gives them out again.
  var uncommittedDeliveries: Int {
    let waiting = settlements + (committing?.commit.settlements ?? [])
    return waiting.count { $0.settlement == .delivered }
  }

  /// The store thread has nothing to do.
  var isStoreIdle: Bool {
    requests.isEmpty && committing == nil && answers.isEmpty && settlements.isEmpty && releases.isEmpty
  }
}
