/// Mistakes that a gateway could make, planted to see that the simulator notices them: one that lets a single one pass
/// proves nothing.
package enum PlantedBug: String, CaseIterable, Sendable {
  /// A request is answered 202 when it was read, before its commit.
  case answerBeforeCommit
  /// A commit that failed is answered as if it had not.
  case retrySyncAsSuccess
  /// A copy is settled as delivered when its call begins.
  case acknowledgeBeforeDelivery
  /// At SIGTERM what is held is deleted in place of going back.
  case forgetOnShutdown
  /// A failed attempt counts twice.
  case countAttemptTwice
  /// A failed attempt does not count.
  case forgetAttempt
  /// A call without an answer, which an outage is full of, buries its copy.
  case buryInOutage
  /// A copy that goes back is deleted.
  case dropReturned
  /// A parked copy gets no due time.
  case parkWithoutDue
  /// A parked copy is kept in memory alone.
  case parkInMemory
  /// Parked copies are not looked for after a start.
  case forgetParkedAtStart
  /// A delivered copy is not deleted.
  case keepDelivered
  /// A dead letter is deleted and written nowhere.
  case dropDead
  /// A settlement takes the copy behind the one that it names.
  case settleNeighbour
  /// Copies are given out without a look at their checksum.
  case skipChecksum
  /// Rows left by a commit that never ended are given out as they lie on the disk.
  case readTornCommit
  /// A 429 counts as a delivery.
  case takeLimitForSuccess
  /// A wish to be left alone is passed on as nothing.
  case ignoreRetryAfter
  /// What was given out and never settled stays given out over a restart.
  case forgetGivenOut
  /// A settlement is dropped when its commit fails.
  case dropSettlementOfFailedCommit
}
