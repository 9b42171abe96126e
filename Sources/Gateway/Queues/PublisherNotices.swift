import Core

/// What the publisher has to say to an operator: a sentence per change of state, and no flood when states change fast.
/// Confined to the publisher's thread; times are monotonic milliseconds.
final class PublisherNotices {
  /// A kind of trouble that comes and goes is spoken of once in so long.
  static let interval: Int64 = 60_000

  /// Kinds whose last time is remembered.
  private static let maxKinds = 256

  private enum Kind: Hashable {
    case lost(String)
    case blocked
    case stalled
    case nacked
    case odd
    case missing(Int)
  }

  private let write: NoticeWriter
  private var saidAt: [Kind: Int64] = [:]
  /// That there is no link was said, and it was not said since that there is one.
  private var isAwayKnown = true
  /// The link that there is not was spoken of.
  private var isOutageKnown = false
  private var isAlarmKnown = false
  private var isStallKnown = false
  /// Queues that do not exist, as far as we know.
  private var missing: Set<Int> = []

  /// What becomes of events meanwhile; nothing in a process that takes none.
  private let toSpool: String

  init(takesEvents: Bool, _ write: @escaping NoticeWriter) {
    self.write = write
    toSpool = takesEvents ? "; events go to the spool" : ""
  }

  func connected(_ place: String) {
    isOutageKnown = false
    guard isAwayKnown else { return }
    isAwayKnown = false
    write(.notice, "the broker is connected: \(place)")
  }

  func lost(_ reason: String, now: Int64) {
    (isAlarmKnown, isStallKnown) = (false, false)
    isOutageKnown = say(
      .lost(reason), now, "the connection to the broker was lost: \(reason)\(toSpool)")
    if isOutageKnown { isAwayKnown = true }
  }

  /// Said once until there is a link.
  func unreachable(_ reason: String) {
    guard !isOutageKnown else { return }
    (isOutageKnown, isAwayKnown) = (true, true)
    write(.warning, "the broker cannot be reached: \(reason)\(toSpool)")
  }

  func blocked(_ reason: String, now: Int64) {
    isAlarmKnown = say(
      .blocked, now, "the broker has raised an alarm (\(reason)) and takes nothing\(toSpool)")
  }

  func unblocked() {
    guard isAlarmKnown else { return }
    isAlarmKnown = false
    write(.notice, "the broker's alarm is over")
  }

  func stalled(now: Int64) {
    isStallKnown = say(.stalled, now, "the broker's confirms are late\(toSpool)")
  }

  func confirmsAgain() {
    guard isStallKnown else { return }
    isStallKnown = false
    write(.notice, "the broker confirms again")
  }

  func nacked(now: Int64) {
    _ = say(.nacked, now, "the broker refuses copies (nack); they stay in the spool until it takes them")
  }

  func odd(_ tag: UInt64, now: Int64) {
    _ = say(.odd, now, "the broker confirmed a copy that was not open (tag \(tag)); it is ignored")
  }

  func missing(_ queue: Int, _ name: QueueName, now: Int64) {
    guard missing.insert(queue).inserted else { return }
    _ = say(.missing(queue), now, "the queue \(name) does not exist; its events go to the spool until it does")
  }

  /// A copy was confirmed that goes to this queue.
  func found(_ queue: Int) {
    if !missing.isEmpty { missing.remove(queue) }
  }

  private func say(_ kind: Kind, _ now: Int64, _ sentence: String) -> Bool {
    if let last = saidAt[kind], now - last < Self.interval { return false }
    if saidAt.count >= Self.maxKinds { saidAt = [:] }
    saidAt[kind] = now
    write(.warning, sentence)
    return true
  }
}
