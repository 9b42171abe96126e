/// One queue's kept totals: what a row of the `queues` table holds, or the change that a transaction makes to it.
///
/// stored = delivered + disabled + buried + quarantined + republished + queued, exactly, at every commit.
struct QueueCounters: Sendable, Equatable {
  var stored: Int64 = 0
  var delivered: Int64 = 0
  var disabled: Int64 = 0
  /// Moved to the dead letters, whether or not they are still there.
  var buried: Int64 = 0
  /// Rows whose checksum did not match, moved to the quarantine folder.
  var quarantined: Int64 = 0
  /// Handed to the broker.
  var republished: Int64 = 0
  var queued: Int64 = 0
  var parked: Int64 = 0
  /// Of `parked`, counted in digests that were not sent yet; kept in memory, and counted anew when the file is opened.
  var grouped: Int64 = 0
  var bytes: Int64 = 0
  var dead: Int64 = 0
  var deadBytes: Int64 = 0

  static let zero = QueueCounters()

  static func += (total: inout Self, change: Self) {
    total.stored += change.stored
    total.delivered += change.delivered
    total.disabled += change.disabled
    total.buried += change.buried
    total.quarantined += change.quarantined
    total.republished += change.republished
    total.queued += change.queued
    total.parked += change.parked
    total.grouped += change.grouped
    total.bytes += change.bytes
    total.dead += change.dead
    total.deadBytes += change.deadBytes
  }
}
