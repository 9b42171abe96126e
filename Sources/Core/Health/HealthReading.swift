/// What the parts of the process say of themselves: everything that its health is judged by.
package struct HealthReading: Sendable, Equatable {
  package var role: Settings.Role
  package var phase: Phase
  /// `nil` with the embedded queue.
  package var broker: Check<BrokerCondition>?
  package var spool: Check<SpoolCondition>
  /// `nil` in a process that does not deliver to it.
  package var logbeacon: Check<SinkCondition>?
  package var telegram: Check<SinkCondition>?
  package var webhook: Check<SinkCondition>?
  package var uptimeSeconds: Int

  package init(
    role: Settings.Role, phase: Phase, broker: Check<BrokerCondition>? = nil, spool: Check<SpoolCondition>,
    logbeacon: Check<SinkCondition>? = nil, telegram: Check<SinkCondition>? = nil, webhook: Check<SinkCondition>? = nil,
    uptimeSeconds: Int = 0
  ) {
    self.role = role
    self.phase = phase
    self.broker = broker
    self.spool = spool
    self.logbeacon = logbeacon
    self.telegram = telegram
    self.webhook = webhook
    self.uptimeSeconds = uptimeSeconds
  }

  /// Starting leads to running, running to draining.
  package enum Phase: Sendable, CaseIterable {
    case starting
    case running
    case draining
  }

  /// One part: in which condition, since when, and its figures.
  package struct Check<Condition: HealthCondition>: Sendable, Equatable {
    package var condition: Condition
    /// Unix time in milliseconds of the last change of condition; `nil` if that is not known.
    package var since: Int64?
    package var figures = Figures()
    /// What only the admin listener shows: the last error, without secrets. Empty if there is nothing to say.
    package var note = ""

    package init(_ condition: Condition, since: Int64? = nil, figures: Figures = Figures(), note: String = "") {
      self.condition = condition
      self.since = since
      self.figures = figures
      self.note = note
    }
  }

  /// What a check counts; `nil` is left out. Totals over all domains.
  package struct Figures: Sendable, Equatable {
    package var queued: Int?
    package var events: Int?
    package var bytes: Int?
    package var limitBytes: Int?

    package init(queued: Int? = nil, events: Int? = nil, bytes: Int? = nil, limitBytes: Int? = nil) {
      self.queued = queued
      self.events = events
      self.bytes = bytes
      self.limitBytes = limitBytes
    }
  }
}
