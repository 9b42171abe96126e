/// New copies behind the spooled ones; see ``SpoolBacklog``.
extension PublisherMachine {
  /// The shell is to look at the spool and say ``spoolRead(_:now:)``.
  package func wantsSpoolReading(_ now: Int64) -> Bool { takesCopies && backlog.wantsReading(now) }

  package mutating func spoolRead(_ reading: SpoolBacklog.Reading, now: Int64) {
    backlog.wasRead(reading, now: now)
  }

  /// The spool could not take copies that were to be shelved: they are handed in again, and go to the broker.
  package mutating func shelfFailed(now: Int64) {
    backlog.ended(now: now)
  }
}
