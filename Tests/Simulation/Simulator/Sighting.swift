/// What must have happened in some run, or the runs prove nothing of it.
package enum Sighting: String, CaseIterable, Sendable {
  case breakerOpened, breakerClosed, lanePaused, laneResumed, limited, parked, released, returned
  case diedRefused, diedExhausted
  case crashed, crashedBeforeCommit, crashedInCommit, commitOutlivedCrash, crashedBeforeAnswer
  case crashedBetweenSettleAndCommit, callOutlivedProcess
  case terminated, terminatedWithCalls, abandonedCall, refusedWhileDraining
  case commitFailed, failedCommitWasDurable, diskFull, settledOnFullDisk, bitFlipped, quarantined
  case answerLost, duplicateTaken, probed, credentialsChanged, settingsChanged
  case faultFreeRun, crashedInShutdown
  case linkProbed, linkOpened, connected, away, stalled, stallRecovered, blocked, unblocked, linkCut, lostWithOpenTags,
    windowFull, shelved, shelfFailed
  case ackedMany, nacked, copyReturned, lateConfirmed, lateReleased, confirmedBeforeHeld, holdFailed
  case republished, givenBack, ownedByWorkers, ownerChangedWithCopiesOut, letterConfirmed, letterFailed, buriedOnDisk
  case woken
  case counted, countedAnew, digestBegun, digestShared, digestBuried, packed, packTakenApart
  case brokerKilled, brokerLostUnconfirmed, queueDeleted, redelivered, channelClosed, consumerCancelled, stoodBy
  case copiesPacked, packSpooled, packGivenBack, packLateConfirmed, packOpened, packWaited, packCutShort
  case givenLess, givenMore
  case ackedManyDeliveries, settledTooLate, parkTriedAgain, parkedBefore, parkedGivenBack, endedWithUnconfirmed
}

/// How often each was seen.
package struct Sightings: Sendable, Equatable {
  private var counts = [Int](repeating: 0, count: Sighting.allCases.count)

  package init() {}

  mutating func note(_ sighting: Sighting) {
    counts[Self.place(of: sighting)] += 1
  }

  package subscript(_ sighting: Sighting) -> Int { counts[Self.place(of: sighting)] }

  package var missing: [Sighting] { Sighting.allCases.filter { self[$0] == 0 } }

  package static func += (left: inout Sightings, right: Sightings) {
    for index in left.counts.indices { left.counts[index] += right.counts[index] }
  }

  private static let places = Dictionary(
    uniqueKeysWithValues: Sighting.allCases.enumerated().map { ($1, $0) })

  private static func place(_ sighting: Sighting) -> Int { places[sighting] ?? 0 }
  private static func place(of sighting: Sighting) -> Int { place(sighting) }
}
