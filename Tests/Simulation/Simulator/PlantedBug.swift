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
  /// A request is answered 202 when its copies are handed to the broker.
  case answerAtPublish
  /// A copy that came back for want of a queue counts as confirmed by the ack that follows.
  case returnAsSuccess
  /// A nack counts as an ack.
  case nackAsAck
  /// Of a confirm for many the last one alone counts.
  case multipleAsSingle
  /// A confirm for one counts for all before it.
  case singleAsMultiple
  /// The spooled copy of a late confirm stays, and is published again.
  case ignoreLateConfirm
  /// A held copy is deleted whatever the broker says of it.
  case forgetHeld
  /// Spooled copies go to workers and publisher alike.
  case twoOwners
  /// A copy that goes behind a backlog is answered 202 before its commit.
  case answerAtShelving
  /// A copy that the disk refused behind a backlog counts as stored.
  case takeRefusedShelfForStored
  /// A spooled copy is deleted when it is handed to the broker.
  case deleteAtPublish
  /// A spooled copy that the broker does not take is deleted.
  case dropGivenBack
  /// After a start nobody tells the spool that the broker is well.
  case neverReassign
  /// An intake copy waits for the broker as long as it takes.
  case intakeWaitsForBroker
  /// At the end what the broker has not confirmed is answered 202 and not spooled.
  case forgetUnconfirmedAtExit
  /// A copy is acked when its parking begins.
  case ackBeforePark
  /// A copy is acked when its dead letter is published.
  case ackBeforeLetter
  /// A parking that the disk refused counts as done.
  case takeRefusedParkForStored
  /// Every ack reaches back to the oldest delivery.
  case ackTooFar
  /// A slow worker's consumer, which is to be given fewer copies, is never opened again.
  case neverHasRoom
  /// Settlements from before a channel was opened anew are taken for its own.
  case forgetEpoch
  /// A copy is settled as delivered when a digest counts it.
  case forgetCounted
  /// A digest tells of one copy less than share its end.
  case miscountDigest
  /// The copies that a digest counts are let go when it is sent.
  case endDigestAtSend
  /// The copies of a digest that was buried are settled as delivered.
  case takeBuriedDigestForSent
  /// Of an ordered pair the youngest copies that sleep are woken.
  case wakeYoungestFirst
  /// What sleeps when a process ends is not woken by the next.
  case leaveAsleepAtStart
  /// Of a message with many copies the spool gets the first one alone.
  case spoolFirstOfPack
  /// A late confirm of a message with many copies deletes the first one's row alone.
  case deleteFirstOfLatePack
  /// A message with many copies is acked when the first of them is settled.
  case ackPackAtFirst
  /// A message with many copies is acked when it is opened.
  case ackPackAtOpening
  /// Of a message with many copies the worker gets all but the last.
  case missLastOfPack
  /// The copies of a refused message are settled as delivered.
  case takeRefusedPackForSent
}
