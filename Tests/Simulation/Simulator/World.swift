import Core

/// A gateway with its disk, its services and its clients, in one value: a seed decides everything that happens.
///
/// Each step does one thing that a thread, a client, a service or a fault would do, in any order that real ones could
/// come in. After each the promises are checked; after `faultySteps` all faults stop, and everything must come to rest.
package struct World: Sendable {
  static let faultySteps = 500
  static let quietSteps = 8000
  /// Simulated time in which everything comes to rest once faults are over, in milliseconds.
  static let quietTime: Int64 = 1_800_000
  /// Steps between two looks for every accepted copy; faults that could lose one are followed by a look of their own.
  static let lookInterval = 16
  /// Copies that may lie on the disk before clients pause.
  static let maxRows = 120

  let bug: PlantedBug?
  var random: SeededRandom
  let profile: Profile
  var clock = SimulatedClock()
  var disk = SimulatedDisk()
  var sinks = SimulatedSinks()
  var ledger = Ledger()
  var sightings = Sightings()
  var trace: Trace
  /// `nil` while no process runs.
  var gateway: SimulatedGateway?
  var lives = 0
  private var steps = 0
  private var quietSince: Int64 = 0
  var lastSequence = 0
  /// What the last process had given out, for one of the bugs.
  var lastGiven: [Int: SimulatedGateway.Holder] = [:]
  var broker = SimulatedBroker()
  /// Serials of messages that a consumer was given.
  var givenOut: Set<Int> = []

  package init(seed: UInt64, bug: PlantedBug? = nil, isRecording: Bool = false) {
    self.bug = bug
    random = SeededRandom(state: seed)
    profile = Profile(&random)
    trace = Trace(isRecording: isRecording)
    start()
  }

  /// What came of a run.
  package struct Outcome: Sendable, Equatable {
    /// Broken promises, in order; empty is well.
    package let problems: [String]
    package let sightings: Sightings
    /// Equal for equal runs.
    package let fingerprint: UInt64
    /// Everything that happened, if it was recorded.
    package let lines: [String]
    package let copies: Int
    package let duplicates: Int
    package let lives: Int
  }

  /// Runs to the end, or to the first broken promise.
  package mutating func run() -> Outcome {
    while steps < Self.faultySteps, ledger.problems.isEmpty { step(isFaulty: true) }
    quietSince = clock.monotonic
    var left = Self.quietSteps
    while left > 0, !isDone, ledger.problems.isEmpty, clock.monotonic - quietSince < Self.quietTime {
      step(isFaulty: false)
      left -= 1
    }
    if ledger.problems.isEmpty { conclude() }
    return Outcome(
      problems: ledger.problems, sightings: sightings, fingerprint: trace.fingerprint, lines: trace.lines,
      copies: ledger.entries.count, duplicates: ledger.duplicates, lives: lives)
  }

  private var isDone: Bool {
    disk.rows.isEmpty && sinks.calls.isEmpty && gateway?.isStoreIdle == true && gateway?.held.isEmpty == true
      && broker.isIdle && gateway?.publisher?.items.isEmpty ?? true && gateway?.pending.isEmpty == true
  }

  private mutating func conclude() {
    if !isDone {
      let atBroker = broker.queues.reduce(0) { $0 + $1.messages.count }
      ledger.report("\(disk.rows.count) copies and \(atBroker) at the broker never came to rest")
    }
    checkWhereabouts()
    if disk.parkedBefore > 0 { sightings.note(.parkedBefore) }
    if profile.isFaultFree {
      sightings.note(.faultFreeRun)
      if ledger.duplicates > 0 { ledger.report("duplicates without a fault") }
      if !disk.dead.isEmpty { ledger.report("dead letters without a fault") }
    }
  }

  /// Each line is the turn of somebody: a fault, a client, a thread of the process, the broker, a service, the clock.
  private mutating func step(isFaulty: Bool) {
    if isFaulty { injectFaults() } else { endFaults() }
    if gateway == nil, !isFaulty || random.chance(4) { start() }
    if isFaulty, random.chance(3), disk.rows.count < Self.maxRows { sendRequest() }
    if !isFaulty || random.chance(2) { endCommit() }
    if !isFaulty || random.chance(2) { answerClients() }
    if !isFaulty || random.chance(2) { beginCommit() }
    if !isFaulty || random.chance(2) { feedConsumers() }
    if profile.hasBroker { turnWithBroker(isFaulty: isFaulty) }
    if !sinks.calls.isEmpty, random.next(3) > 0 {
      endCall(Int(random.next(UInt64(sinks.calls.count))), isFaulty: isFaulty)
    } else {
      passTime(isFaulty: isFaulty)
    }
    drain()
    ledger.checkStep(disk)
    steps += 1
    if steps % Self.lookInterval == 0 { checkWhereabouts() }
  }

  private mutating func turnWithBroker(isFaulty: Bool) {
    // Without faults the broker is prompt, and no confirm is late.
    let isFaulty = isFaulty && !profile.isFaultFree
    if !isFaulty || random.chance(2) { turnPublisher(isFaulty: isFaulty) }
    if !isFaulty || random.chance(2) { turnBroker(isFaulty: isFaulty) }
    if !isFaulty || random.chance(2) { turnConsumer(isFaulty: isFaulty) }
    if gateway?.publisher?.machine.ledger.isBalanced == false {
      ledger.report("the publisher's ledger does not balance")
    }
  }

  private mutating func passTime(isFaulty: Bool) {
    clock.advance(to: isFaulty ? clock.monotonic + Int64(random.next(400)) : nextEvent)
    guard gateway != nil else { return }
    perform(gateway?.machine.timePassed(clock.moment) ?? [])
    passPublisherTime()
    passConsumerTime()
  }

  /// Monotonic; at most a minute ahead.
  private var nextEvent: Int64 {
    var next = clock.monotonic + 60_000
    if let gateway {
      if !gateway.isStoreIdle || !sinks.calls.isEmpty || broker.isMoving { return clock.monotonic + 1 }
      if gateway.publisher?.machine.isGathering(clock.monotonic) == true { return clock.monotonic + 1 }
      if gateway.publisher?.isConnecting == true || gateway.consumer?.isConnecting == true {
        return clock.monotonic + 1
      }
      next = min(next, gateway.publisher?.nextDeadline ?? next, gateway.consumer?.nextDeadline ?? next)
      for time in gateway.republishAt where time > clock.monotonic { next = min(next, time) }
      next = min(next, gateway.machine.nextDeadline ?? next)
      for row in disk.rows where gateway.given[row.sequence] == nil {
        guard let dueAt = row.dueAt, dueAt > clock.unix else { continue }
        next = min(next, dueAt == .max ? next : dueAt - SimulatedClock.unixOffset)
      }
    }
    return next
  }
}
