import Core

/// What a role needs built (contracts.md §2). Roles are told apart here and nowhere else.
struct Wiring: Sendable {
  /// Whether the public listeners take events, or answer for health alone.
  let servesEvents: Bool
  /// Sinks whose queues are consumed from the broker.
  let consumedSinks: Set<Sink>
  /// Sinks that this process delivers to: from the broker, from its own store, or only what is spooled while the broker is away.
  let workerSinks: [Sink]
  let resignation: Crew.Resignation
  /// It delivers only while the broker is away.
  private let isStandby: Bool

  init(_ settings: Settings) {
    servesEvents = settings.role != .worker
    isStandby = settings.role == .ingest
    resignation = settings.role == .worker ? .endsProcess : .restarts(after: settings.broker.reconnectPause)
    let wanted = settings.sinks.filter(settings.workers.contains)
    if settings.role == .ingest {
      consumedSinks = []
      let standby = Self.standby(settings)
      workerSinks = settings.fallback == .direct ? wanted.filter { standby.serves($0) } : []
    } else {
      consumedSinks = settings.queue == .rabbitmq ? Set(wanted) : []
      workerSinks = wanted
    }
  }

  /// The settings as the workers are to read them.
  func workerSettings(_ settings: Settings) -> Settings {
    isStandby ? Self.standby(settings) : settings
  }

  /// A process that only stands by says nothing every minute, and does not call LogBeacon with keys that its workers may
  /// renew elsewhere: only where `logbeacon.key_dir` says that they are shared.
  private static func standby(_ settings: Settings) -> Settings {
    var settings = settings
    settings.worker.healthInterval = .zero
    for index in settings.domains.indices
    where settings.domains[index].logbeacon.keyDirectory == nil && settings.domains[index].logbeacon.url != .unwanted {
      settings.domains[index].logbeacon.url = .unset
    }
    return settings
  }
}

extension Settings {
  /// Whether copies of `sink` have an address in any domain.
  fileprivate func serves(_ sink: Sink) -> Bool {
    domains.contains { domain in
      switch sink {
      case .logbeacon:
        if case .set = domain.logbeacon.url { true } else { false }
      case .telegram:
        if case .set = domain.telegram.botToken { true } else { false }
      case .webhook:
        if case .set = domain.webhook.url { true } else { false }
      }
    }
  }
}
