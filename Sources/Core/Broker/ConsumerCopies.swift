/// The copies of one channel between their delivery by the broker and their ack, and what each needs before it.
///
/// A copy is acked only when it is safe elsewhere or done with: delivered, disabled, parked on disk, confirmed as a dead
/// letter or buried on disk. Nothing is ever nacked with requeue: what cannot be put elsewhere stays unacked and is tried
/// again, bounded by the prefetch. The shell keeps the copies themselves.
package struct ConsumerCopies: Sendable {
  /// What is to be done with a copy now.
  package enum Step: Sendable, Equatable {
    case ack
    case park(Parking)
    /// Publish it as a dead letter.
    case write(DeathNote)
    /// Keep it on disk as a dead letter, since the broker did not take it.
    case bury(DeathNote)
  }

  /// How long a copy stays unacked before a step that failed is tried again, in milliseconds.
  package static let retryInterval: Int64 = 1000
  /// How often the broker is asked to take a dead letter before it is kept on disk instead.
  package static let maxWrites = 5

  private enum Phase: Sendable {
    case withWorker
    case underWay(Step)
    /// The disk or the broker refused it.
    case refused(Step)
  }

  private struct Entry: Sendable {
    var phase = Phase.withWorker
    var writes = 0
  }

  private var entries: [UInt64: Entry] = [:]
  /// In order of time, since the interval is always the same.
  private var retries: [(at: Int64, tag: UInt64)] = []
  private var underWay = 0
  /// What comes back untouched stays unacked: closing the channel gives it back to the queue.
  private var isStopping = false

  package init() {}

  package var count: Int { entries.count }

  /// Those that the worker has not settled.
  package var withWorker: Int { entries.count - underWay - retries.count }

  /// Something is on its way to the disk or the broker.
  package var isBusy: Bool { underWay > 0 }

  /// When ``timePassed(_:)`` has something to do.
  package var nextDeadline: Int64? { retries.first?.at }

  package mutating func delivered(_ tag: UInt64) {
    entries[tag] = Entry()
  }

  package mutating func stopped() {
    isStopping = true
  }

  /// The worker settled it. `unix` is Unix milliseconds, `attempt` the attempts that it came with.
  /// `nil`: nothing is to be done, since it is unknown, settled before, or goes back when the channel closes.
  package mutating func settled(_ tag: UInt64, _ settlement: Settlement, attempt: Int, unix: Int64) -> Step? {
    guard case .withWorker = entries[tag]?.phase else { return nil }
    let step: Step
    switch settlement {
    case .delivered, .disabled, .duplicate: step = .ack
    case .parked(let parking): step = .park(parking)
    case .dead(let note): step = .write(note)
    case .returned:
      if isStopping { return nil }
      step = .park(Parking(dueAt: unix, lane: "", attempt: attempt))
    }
    begin(step, tag)
    return step
  }

  /// The disk answered a `park` or a `bury`; the step to take now, `nil` if it is to be tried again later.
  package mutating func stored(_ tag: UInt64, isStored: Bool, now: Int64) -> Step? {
    guard let entry = entries[tag], case .underWay(let step) = entry.phase else { return nil }
    underWay -= 1
    guard !isStored else {
      begin(.ack, tag)
      return .ack
    }
    refuse(step, tag, now)
    return nil
  }

  /// The broker answered a `write`; the step to take now, `nil` if it is to be tried again later: the publisher may not
  /// have its connection yet.
  package mutating func written(_ tag: UInt64, isConfirmed: Bool, now: Int64) -> Step? {
    guard let entry = entries[tag], case .underWay(.write(let note)) = entry.phase else { return nil }
    underWay -= 1
    if !isConfirmed, !isStopping, entry.writes + 1 < Self.maxWrites {
      entries[tag]?.writes += 1
      refuse(.write(note), tag, now)
      return nil
    }
    let step: Step = isConfirmed ? .ack : .bury(note)
    begin(step, tag)
    return step
  }

  private mutating func refuse(_ step: Step, _ tag: UInt64, _ now: Int64) {
    entries[tag]?.phase = .refused(step)
    retries.append((now + Self.retryInterval, tag))
  }

  /// What was refused is tried again.
  package mutating func timePassed(_ now: Int64) -> [(tag: UInt64, step: Step)] {
    let due = retries.prefix { $0.at <= now }
    guard !due.isEmpty else { return [] }
    retries.removeFirst(due.count)
    var steps: [(tag: UInt64, step: Step)] = []
    for (_, tag) in due {
      guard case .refused(let step) = entries[tag]?.phase else { continue }
      begin(step, tag)
      steps.append((tag, step))
    }
    return steps
  }

  /// The channel is gone: the broker gives all of them again.
  package mutating func channelLost() {
    entries.removeAll(keepingCapacity: true)
    retries.removeAll()
    underWay = 0
  }

  private mutating func begin(_ step: Step, _ tag: UInt64) {
    if step == .ack {
      entries.removeValue(forKey: tag)
    } else {
      entries[tag]?.phase = .underWay(step)
      underWay += 1
    }
  }
}
