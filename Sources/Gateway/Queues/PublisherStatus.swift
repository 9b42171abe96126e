package import Core
import Synchronization

/// What the publisher says of itself, as of its last turn.
package struct PublisherStatus: Sendable, Equatable {
  package var condition = BrokerCondition.away
  /// Unix milliseconds of the last change of condition.
  package var since: Int64
  /// The last error while the broker is not well, without secrets; empty if there is nothing to say.
  package var note = ""
  /// There is a link, blocked, stalled or well.
  package var isConnected = false
  package var isBlocked = false
  /// Links opened after the first.
  package var reconnects = 0
  package var ledger = PublisherLedger()
  /// From the hand-over of a copy to its confirm.
  package var confirmSeconds = HistogramSnapshot.empty
  /// How long the oldest copy without an answer has been with the broker; `nil` if there is none.
  package var oldestOutstanding: Duration?

  init(since: Int64) {
    self.since = since
  }
}

/// Where the publisher's thread writes its status and other threads read it.
final class PublisherBoard: Sendable {
  private let current: Mutex<PublisherStatus>
  let confirms = HistogramCounter()

  init(now: Int64) {
    current = Mutex(PublisherStatus(since: now))
  }

  var status: PublisherStatus {
    var status = current.withLock { $0 }
    status.confirmSeconds = confirms.snapshot()
    return status
  }

  func update(_ body: (inout PublisherStatus) -> Void) {
    current.withLock { body(&$0) }
  }
}
