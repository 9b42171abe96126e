/// Tells a sink that fails for everyone from a message that fails alone.
///
/// It opens after 5 failures in a row, or when more than half of the last 20 sends failed, provided that at least two
/// copies failed or that nothing could be sent at all. An open breaker is probed with one copy after a backoff.
package struct Breaker: Sendable, Equatable {
  package static let failuresInARow = 5
  package static let window = 20

  package enum State: Sendable, Equatable {
    /// Copies flow; goes to `open`.
    case closed
    /// Nothing is sent until `until` (monotonic milliseconds); goes to `halfOpen`.
    case open(until: Int64)
    /// One copy is on trial; goes to `closed` or back to `open`.
    case halfOpen
  }

  package private(set) var state = State.closed
  /// Probes that failed since it opened.
  package private(set) var failedProbes = 0

  private var run = 0
  private var recent: [Sample] = []
  private var oldest = 0

  private struct Sample: Sendable, Equatable {
    var failed: Bool
    var copy: String
    var fault: SendOutcome.Fault
  }

  package init() {}

  package var isClosed: Bool { state == .closed }

  /// A send got through while closed.
  package mutating func sendSucceeded() {
    guard isClosed else { return }
    run = 0
    record(Sample(failed: false, copy: "", fault: .message))
  }

  /// A send of `copy` failed. True if that opens it, for `wait` milliseconds.
  package mutating func sendFailed(copy: String, fault: SendOutcome.Fault, now: Int64, wait: Int64) -> Bool {
    guard isClosed else { return false }
    run = min(run + 1, Self.window)
    record(Sample(failed: true, copy: copy, fault: fault))
    let inARow = run >= Self.failuresInARow && isShared(last: run)
    let failures = recent.count { $0.failed }
    let mostly = recent.count == Self.window && failures > Self.window / 2 && isShared(last: Self.window)
    guard inARow || mostly else { return false }
    open(until: now + wait)
    return true
  }

  /// The sink as a whole is refused (a wrong token): open at once, whatever came before.
  package mutating func tripped(until: Int64) {
    open(until: until)
  }

  /// True, once, when an open breaker's wait is over: one copy may be tried.
  package mutating func timePassed(now: Int64) -> Bool {
    guard case .open(let until) = state, until <= now else { return false }
    state = .halfOpen
    return true
  }

  package mutating func probeSucceeded() {
    precondition(state == .halfOpen, "a probe ended that was never begun")
    self = Breaker()
  }

  package mutating func probeFailed(now: Int64, wait: Int64) {
    precondition(state == .halfOpen, "a probe ended that was never begun")
    failedProbes += 1
    state = .open(until: now + wait)
  }

  private mutating func open(until: Int64) {
    failedProbes = 0
    run = 0
    recent = []
    oldest = 0
    state = .open(until: until)
  }

  private mutating func record(_ sample: Sample) {
    if recent.count < Self.window {
      recent.append(sample)
    } else {
      recent[oldest] = sample
      oldest = (oldest + 1) % Self.window
    }
  }

  /// Whether the failures among the last `count` samples are of more than one copy, or of the sink itself.
  private func isShared(last count: Int) -> Bool {
    var first: String?
    for offset in 1...min(count, recent.count) {
      let sample = recent[(oldest + recent.count - offset) % recent.count]
      guard sample.failed else { continue }
      if sample.fault == .sink || (first != nil && first != sample.copy) { return true }
      first = sample.copy
    }
    return false
  }
}
