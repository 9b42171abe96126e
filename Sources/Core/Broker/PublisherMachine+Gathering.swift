/// What is there when a turn ends is published. But while the broker owes the confirms of many, it is the broker that keeps clients
/// waiting, and to be woken for a few at a time only makes it slower: then copies that come wait until they are half as many as those
/// it owes, until they are ``company``, or for ``maxGathering``.
extension PublisherMachine {
  /// Copies that need no more company.
  static let company = CopyPack.maxCopies
  /// How long copies wait at most, in milliseconds.
  static let maxGathering: Int64 = 5

  /// Something waits that the end of the turn publishes.
  package func isGathering(_ now: Int64) -> Bool { mayPublish(now) && !awaitsCompany }

  private func mayPublish(_ now: Int64) -> Bool {
    takesCopies && tags.open < limits.window && tags.room > 0 && (!urgent.isEmpty || prefersSpooled(now))
  }

  private var awaitsCompany: Bool {
    let waiting = urgent.count + spooled.count
    return ledger.outstanding >= limits.crowd && waiting * 2 < ledger.outstanding && waiting < Self.company
  }

  /// Everything that came in one go has been handed in: to be said before the shell waits again.
  package mutating func turnEnded(now: Int64, _ actions: inout [PublisherAction]) {
    if isGathering(now) {
      publishWaiting(now, &actions)
    } else {
      gatherUntil = mayPublish(now) ? gatherUntil ?? now + Self.maxGathering : nil
    }
  }

  /// Publishes while the window has room: what others wait for first, but spooled copies keep their share.
  mutating func publishWaiting(_ now: Int64, _ actions: inout [PublisherAction]) {
    gatherUntil = nil
    guard limits.packCopies == 1 else { return packWaiting(now, &actions) }
    while let waiting = takeWaiting(now) {
      let place = publish(waiting, now, &actions)
      if waiting.kind.hasDeadline { due.append(place) }
    }
  }
}
