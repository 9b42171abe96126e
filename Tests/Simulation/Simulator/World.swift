import Core

/// A gateway with its disk, its services and its clients, in one value: a seed decides everything that happens.
///
/// Each step does one thing that a thread, a client, a service or a fault would do, in any order that real ones could
/// come in. After each the promises are checked; after `faultySteps` all faults stop, and everything must come to rest.
package struct World: Sendable {
  static let faultySteps = 500
  static let quietSteps = 8000
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
  var lastSequence = 0
  /// What the last process had given out, for one of the bugs.
  var lastGiven: Set<Int> = []

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
    var steps = 0
    while steps < Self.faultySteps, ledger.problems.isEmpty {
      step(isFaulty: true)
      steps += 1
    }
    var left = Self.quietSteps
    while left > 0, !isDone, ledger.problems.isEmpty {
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
  }

  private mutating func conclude() {
    if !isDone { ledger.report("\(disk.rows.count) copies never came to rest") }
    ledger.checkAll(disk)
    if profile.isFaultFree {
      sightings.note(.faultFreeRun)
      if ledger.duplicates > 0 { ledger.report("duplicates without a fault") }
      if !disk.dead.isEmpty { ledger.report("dead letters without a fault") }
    }
  }

  private mutating func step(isFaulty: Bool) {
    if isFaulty { injectFaults() } else { endFaults() }
    if gateway == nil, !isFaulty || random.chance(4) { start() }
    if isFaulty, random.chance(3), disk.rows.count < Self.maxRows { sendRequest() }
    if !isFaulty || random.chance(2) { endCommit() }
    if !isFaulty || random.chance(2) { answerClients() }
    if !isFaulty || random.chance(2) { beginCommit() }
    if !isFaulty || random.chance(2) { feedConsumers() }
    if !sinks.calls.isEmpty, random.next(3) > 0 {
      endCall(Int(random.next(UInt64(sinks.calls.count))), isFaulty: isFaulty)
    } else {
      passTime(isFaulty: isFaulty)
    }
    if gateway?.isDraining == true { drain() }
    ledger.checkStep(disk)
  }

  private mutating func passTime(isFaulty: Bool) {
    clock.advance(to: isFaulty ? clock.monotonic + Int64(random.next(400)) : nextEvent)
    guard gateway != nil else { return }
    perform(gateway?.machine.timePassed(clock.moment) ?? [])
  }

  /// Monotonic; at most a minute ahead.
  private var nextEvent: Int64 {
    var next = clock.monotonic + 60_000
    if let gateway {
      if !gateway.isStoreIdle || !sinks.calls.isEmpty { return clock.monotonic + 1 }
      next = min(next, gateway.machine.nextDeadline ?? next)
      for row in disk.rows where !gateway.given.contains(row.sequence) {
        guard let dueAt = row.dueAt, dueAt > clock.unix else { continue }
        next = min(next, dueAt == .max ? next : dueAt - SimulatedClock.unixOffset)
      }
    }
    return next
  }
}
