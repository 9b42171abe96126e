/// One queue's kept totals across restarts:
/// stored = delivered + disabled + dead + purged + quarantined + republished + waiting + unsettled + grouped, at every
/// commit.
package struct QueueLedger: Sendable, Equatable {
  package let stored: Int
  package let delivered: Int
  package let disabled: Int
  /// Dead letters that are kept.
  package let dead: Int
  /// Dead letters that are gone.
  package let purged: Int
  package let quarantined: Int
  /// Handed to the broker.
  package let republished: Int
  /// Ready or parked, but for a digest.
  package let waiting: Int
  /// Given out, or held while a tag at the broker is open.
  package let unsettled: Int
  /// Parked for the digest that counts them.
  package let grouped: Int

  /// `unsettled` copies are given out, `groupedOut` of them counted ones.
  init(_ counters: QueueCounters, unsettled: Int, groupedOut: Int) {
    stored = Int(counters.stored)
    delivered = Int(counters.delivered)
    disabled = Int(counters.disabled)
    dead = Int(counters.dead)
    purged = Int(counters.buried - counters.dead)
    quarantined = Int(counters.quarantined)
    republished = Int(counters.republished)
    grouped = Int(counters.grouped) - groupedOut
    waiting = Int(counters.queued) - unsettled - grouped
    self.unsettled = unsettled
  }
}
