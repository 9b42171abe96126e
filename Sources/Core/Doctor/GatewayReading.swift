/// What was seen at the addresses that the settings name: nobody, a gateway, or somebody else.
package struct GatewayReading: Sendable, Equatable {
  package enum Answer: Sendable, Equatable {
    /// The address can be bound.
    case free
    /// It cannot be bound, and not because somebody has it.
    case unusable(String)
    /// Whoever has it does not answer as a gateway does.
    case stranger(String)
    /// The answer to `GET /health`.
    case gateway(Health)
    /// It cannot be asked from here.
    case unasked(String)
  }

  package struct Health: Sendable, Equatable {
    package var version: String
    package var role: String
    package var status: String
    /// What the parts say that are not well, a sentence each.
    package var troubles: [String]

    package init(version: String, role: String, status: String, troubles: [String] = []) {
      self.version = version
      self.role = role
      self.status = status
      self.troubles = troubles
    }
  }

  package enum Metrics: Sendable, Equatable {
    case samples(MetricSamples)
    /// The token is missing or wrong.
    case refused
    case unanswered(String)
  }

  package var listeners: [(topic: String, address: String, answer: Answer)] = []
  /// Of the admin listener of a running gateway; `nil` where none runs.
  package var metrics: Metrics?
  /// A process has the data folder.
  package var isFolderHeld = false

  package init() {}

  package static func == (a: Self, b: Self) -> Bool {
    a.listeners.elementsEqual(b.listeners) { $0 == $1 } && a.metrics == b.metrics && a.isFolderHeld == b.isFolderHeld
  }

  package var isRunning: Bool {
    listeners.contains { if case .gateway = $0.answer { true } else { false } }
  }

  package var findings: [Finding] {
    var findings = listeners.flatMap { finding($0.topic, $0.address, $0.answer) }
    if isFolderHeld, !listeners.isEmpty, !isRunning {
      findings.append(
        .warn("gateway", "a process has the data folder, but no gateway answers at the addresses of these settings"))
    }
    switch metrics {
    case nil: break
    case .refused:
      findings.append(
        .warn("ledger", "the admin listener refuses the token, so the ledger was not read; set admin.token"))
    case .unanswered(let reason):
      findings.append(.warn("ledger", "the admin listener did not answer, so the ledger was not read: \(reason)"))
    case .samples(let samples): findings += Self.ledger(samples)
    }
    return findings
  }

  private func finding(_ topic: String, _ address: String, _ answer: Answer) -> [Finding] {
    switch answer {
    case .free: return [.ok(topic, "\(address) is free; no gateway runs there")]
    case .unusable(let reason):
      return [
        .fail(
          topic, "\(address) cannot be bound: \(reason); choose an address of this machine and a port from 1024 on",
          .configuration)
      ]
    case .stranger(let reason):
      return [
        .fail(topic, "\(address) is taken by a program that is no gateway (\(reason)); stop it or choose another port")
      ]
    case .unasked(let reason): return [.ok(topic, "\(address) was not asked: \(reason)")]
    case .gateway(let health):
      let text = "\(address): beacongate \(health.version) runs, role \(health.role), /health is \(health.status)"
      let troubles = health.troubles.joined(separator: "; ")
      switch health.status {
      case "pass": return [.ok(topic, text)]
      case "warn": return [.warn(topic, troubles.isEmpty ? text : "\(text): \(troubles)")]
      default: return [.fail(topic, troubles.isEmpty ? text : "\(text): \(troubles)")]
      }
    }
  }

  // MARK: The ledger

  /// Whether every copy is accounted for (contracts.md §11).
  static func ledger(_ samples: MetricSamples) -> [Finding] {
    var findings: [Finding] = []
    let copies = samples.values(MetricFamily.ledgerCopies.name)
    for store in Set(copies.compactMap { $0.labels["store"] }).sorted() {
      findings.append(
        balance(
          "ledger", "of the \(store)", copies.filter { $0.labels["store"] == store }, total: LedgerState.stored.rawValue
        ))
    }
    let publishes = samples.values(MetricFamily.ledgerPublishes.name)
    if !publishes.isEmpty {
      findings.append(balance("ledger", "of publishing", publishes, total: PublishState.published.rawValue))
    }
    if copies.isEmpty { findings.append(.warn("ledger", "the gateway's metrics hold no ledger")) }
    let dead = samples.sum(MetricFamily.deadLetters.name) ?? 0
    if dead > 0 {
      findings.append(.warn("dead letters", "\(dead) are kept; look at their reasons, then replay or purge them"))
    }
    for sample in samples.values(MetricFamily.sinkBreakerOpen.name) where sample.value == 1 {
      findings.append(
        .warn(
          "breaker",
          "\(sample.labels["sink"] ?? "") fails for everyone in \(sample.labels["domain"] ?? ""); its copies wait"))
    }
    return findings
  }

  private static func balance(
    _ topic: String, _ what: String, _ samples: [MetricSamples.Sample], total: String
  ) -> Finding {
    let stored = samples.filter { $0.labels["state"] == total }.reduce(0) { $0 &+ $1.value }
    let parts = samples.filter { $0.labels["state"] != total }
    let sum = parts.reduce(0) { $0 &+ $1.value }
    let named = parts.filter { $0.value != 0 }.map { "\($0.value) \($0.labels["state"] ?? "")" }.joined(
      separator: " + ")
    guard stored == sum else {
      return .fail(
        topic,
        "\(what) does not add up: \(stored) \(total), \(sum) accounted for (\(named)); a copy may be lost, please report it"
      )
    }
    return .ok(topic, "\(what) adds up: \(stored) \(total) = \(named.isEmpty ? "0" : named)")
  }
}
