/// Tells a sink that fails for everyone from messages that fail alone.
///
/// It opens when 5 different copies failed in a row, when more than half of the last 20 different copies failed, or
/// when 5 calls in a row could not be sent at all. Of each copy only the last result counts, so that a few which always
/// fail never open it while others get through. An open breaker is probed with one copy after a backoff; whatever gets
/// through closes it.
package struct Breaker: Sendable, Equatable {
  package static let failuresInARow = 5
  package static let window = 20

  package enum State: Sendable, Equatable {
    /// Copies flow; goes to `open`.
    case closed
    /// Nothing is sent until `until` (monotonic milliseconds); goes to `halfOpen`, or to `closed` when a call that was
    /// still in flight gets through.
    case open(until: Int64)
    /// One copy is on trial; goes to `closed` or back to `open`.
    case halfOpen
  }

  package private(set) var state = State.closed
  /// Probes that failed since it opened.
  package private(set) var failedProbes = 0

  /// Calls that failed since one got through, at most `window`.
  private var run = 0
  /// Of these, the last ones that could not be sent at all.
  private var unsent = 0
  /// The last results, one a copy, oldest first: the copy that failed, or `nil` for one that got through.
  private var recent: [String?] = []
  private var failures = 0

  package init() {}

  package var isClosed: Bool { state == .closed }

  /// Nothing has got through for so long that a failure may be the sink's, whatever its answer says.
  package var isDoubtful: Bool { !isClosed || run >= Self.failuresInARow }

  /// A send of `copy` got through while closed.
  package mutating func sendSucceeded(copy: String) {
    guard isClosed else { return }
    run = 0
    unsent = 0
    guard failures > 0 || recent.count < Self.window else { return }
    record(copy, failed: false)
  }

  /// A send of `copy` failed. True if that opens it, for `wait` milliseconds.
  package mutating func sendFailed(copy: String, fault: SendOutcome.Fault, now: Int64, wait: Int64) -> Bool {
    guard isClosed else { return false }
    run = min(run + 1, Self.window)
    unsent = fault == .sink ? min(unsent + 1, Self.window) : 0
    record(copy, failed: true)
    let inARow = recent.reversed().prefix { $0 != nil }.count >= Self.failuresInARow
    let mostly = recent.count == Self.window && failures > Self.window / 2
    guard inARow || mostly || unsent >= Self.failuresInARow else { return false }
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

  /// A call got through: closed, with nothing held against the sink.
  package mutating func recovered() {
    self = Breaker()
  }

  package mutating func probeFailed(now: Int64, wait: Int64) {
    precondition(state == .halfOpen, "a probe ended that was never begun")
    failedProbes += 1
    state = .open(until: now + wait)
  }

  private mutating func open(until: Int64) {
    self = Breaker()
    state = .open(until: until)
  }

  private mutating func record(_ copy: String, failed: Bool) {
    if failures > 0, let earlier = recent.firstIndex(of: copy) {
      recent.remove(at: earlier)
      failures -= 1
    }
    if recent.count == Self.window, recent.removeFirst() != nil { failures -= 1 }
    recent.append(failed ? copy : nil)
    if failed { failures += 1 }
  }
}
