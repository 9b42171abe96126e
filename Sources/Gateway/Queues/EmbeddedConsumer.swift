import Core

/// One consumer of the embedded queue: how far it has read and what it holds. Confined to the queue's thread.
final class EmbeddedConsumer {
  /// What is remembered of a copy that was given out.
  struct Outstanding {
    let bytes: Int
    let wasParked: Bool
  }

  let prefetch: Int
  let receive: @Sendable ([Delivery]) -> Void
  /// No longer fed, kept until the last of what it holds is settled.
  var isCancelled = false
  /// Every ready copy up to here was given out.
  private(set) var cursor: Int64 = 0
  /// False once a read came to the end; set again when something may have come.
  var mayHaveReady = true
  /// When parked copies are to be looked at; `nil` when none is known.
  var nextDue: Int64? = 0
  private(set) var outstanding: [UInt64: Outstanding] = [:]
  private var parkedOutstanding = 0

  init(prefetch: Int, receive: @escaping @Sendable ([Delivery]) -> Void, taking over: EmbeddedConsumer?) {
    self.prefetch = prefetch
    self.receive = receive
    outstanding = over?.outstanding ?? [:]
    parkedOutstanding = over?.parkedOutstanding ?? 0
  }

  var credit: Int { isCancelled ? 0 : max(0, prefetch - outstanding.count) }

  /// How many rows a look at the parked copies must fetch to find `credit` that are not outstanding.
  var dueLimit: Int { credit + parkedOutstanding }

  /// The same for the ready ones: those given out may lie behind the cursor after one came back.
  var readyLimit: Int { credit + outstanding.count - parkedOutstanding }

  func isDue(_ now: Int64) -> Bool { nextDue.map { $0 <= now } ?? false }

  func isOutstanding(_ sequence: Int64) -> Bool { outstanding[UInt64(sequence)] != nil }

  func gaveOut(_ sequence: Int64, bytes: Int, wasParked: Bool) {
    outstanding[UInt64(sequence)] = Outstanding(bytes: bytes, wasParked: wasParked)
    if wasParked { parkedOutstanding += 1 } else { cursor = max(cursor, sequence) }
  }

  /// Takes a copy off the books; `nil` if it was not outstanding.
  func settled(_ tag: UInt64) -> Outstanding? {
    guard let copy = outstanding.removeValue(forKey: tag) else { return nil }
    if copy.wasParked { parkedOutstanding -= 1 }
    return copy
  }

  /// A settled copy turned out to need giving out again.
  func cameBack(_ tag: UInt64, wasParked: Bool) {
    if wasParked {
      nextDue = 0
    } else {
      cursor = min(cursor, Int64(tag) - 1)
      mayHaveReady = true
    }
  }

  func parked(until due: Int64) {
    nextDue = min(nextDue ?? due, due)
  }
}
