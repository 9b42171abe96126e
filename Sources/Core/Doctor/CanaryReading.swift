/// What became of an event that was sent through the running gateway.
package struct CanaryReading: Sendable, Equatable {
  package enum Outcome: Sendable, Equatable {
    /// No gateway of these settings runs.
    case noGateway
    /// The gateway's status and answer.
    case refused(Int, String)
    case unanswered(String)
    /// Accepted, and it has no copy to follow.
    case local
    /// Accepted, and this process does not deliver.
    case notFollowed(stored: String, reason: String)
    /// All that was before it, and as many copies as it has, are settled.
    case delivered(stored: String, after: Duration)
    case failing(stored: String, failures: Int)
    case waiting(stored: String)
  }

  package var id: String
  package var outcome: Outcome

  package init(id: String, _ outcome: Outcome) {
    self.id = id
    self.outcome = outcome
  }

  package var findings: [Finding] {
    switch outcome {
    case .noGateway: [.fail("canary", "no gateway answers at the addresses of these settings; nothing was sent")]
    case .refused(let status, let text): [.fail("canary", "\(id) was refused with \(status): \(text)")]
    case .unanswered(let text): [.fail("canary", "\(id) was not answered: \(text); it may be delivered all the same")]
    case .local: [.ok("canary", "\(id) was accepted and stays on the console, as its level says")]
    case .notFollowed(let stored, let reason):
      [.warn("canary", "\(id) was accepted (stored: \(stored)) but not followed: \(reason)")]
    case .delivered(let stored, let time):
      [
        .ok(
          "canary",
          "\(id) was accepted (stored: \(stored)) and delivered within \(DataFolderReading.milliseconds(time))")
      ]
    case .failing(let stored, let failures):
      [
        .fail(
          "canary",
          "\(id) was accepted (stored: \(stored)), but deliveries fail (\(failures) attempts meanwhile); it waits and is tried again"
        )
      ]
    case .waiting(let stored):
      [.fail("canary", "\(id) was accepted (stored: \(stored)) and was not delivered in time; it waits")]
    }
  }
}

/// Follows an event by the gateway's counters: it is delivered once as many copies are settled as were there before it, and its own.
package struct CanaryTrail: Sendable, Equatable {
  private let domain: String
  private let goal: Int
  private let failuresBefore: Int
  private let buriedBefore: Int

  /// `before` was read before the event was sent; `copies` is how many it has.
  package init(domain: String, before: MetricSamples, copies: Int) {
    self.domain = domain
    let waiting = before.samples
      .filter { sample in
        sample.name == MetricFamily.queueMessages.name
          && Sink.allCases.contains { sample.labels["queue"] == "\(QueueName(domain: domain, sink: $0))" }
      }
      .reduce(0) { $0 &+ $1.value }
    goal = Self.settled(domain, before) &+ waiting &+ copies
    failuresBefore = Self.count(domain, before, .failed)
    buriedBefore = Self.count(domain, before, .dead)
  }

  package func isOver(_ now: MetricSamples) -> Bool { Self.settled(domain, now) >= goal }

  /// Attempts that failed since then, and copies that were given up.
  package func failures(_ now: MetricSamples) -> Int {
    Self.count(domain, now, .failed) &- failuresBefore &+ buried(now)
  }

  /// Copies that were given up since then.
  package func buried(_ now: MetricSamples) -> Int { Self.count(domain, now, .dead) &- buriedBefore }

  private static func settled(_ domain: String, _ samples: MetricSamples) -> Int {
    [DeliveryOutcome.delivered, .dead, .disabled].reduce(0) { $0 &+ count(domain, samples, $1) }
  }

  private static func count(_ domain: String, _ samples: MetricSamples, _ outcome: DeliveryOutcome) -> Int {
    samples.sum(MetricFamily.deliveries.name, ["domain": domain, "outcome": outcome.rawValue]) ?? 0
  }
}
