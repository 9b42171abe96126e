import Core
import Platform
import Synchronization

/// What the process tells of itself: health, metrics. Answers from kept figures, so that a loop never waits for it.
final class StatusReport: Sendable {
  private let role: Settings.Role
  private let names: [QueueName]
  private let limitBytes: Int
  private let store: EmbeddedQueue
  /// `nil` with the embedded queue alone.
  private let broker: BrokerQueue?
  private let workers: [Worker]
  private let console: Console
  private let metrics: Metrics
  private let heartbeats: [Heartbeat]
  private let dashboard: Page
  private let began = Clock.monotonicNanoseconds()
  private let currentPhase = Mutex(HealthReading.Phase.starting)

  init(
    settings: Settings, store: EmbeddedQueue, broker: BrokerQueue?, workers: [Worker], console: Console,
    metrics: Metrics, heartbeats: [Heartbeat]
  ) {
    role = settings.role
    dashboard = Dashboard.page(settings.locale)
    names = settings.queueNames
    limitBytes = settings.spool.maxBytes
    self.store = store
    self.broker = broker
    self.workers = workers
    self.console = console
    self.metrics = metrics
    let brokerParts = broker.map { [$0.publisher.heartbeat] + $0.consumers.values.map(\.heartbeat) } ?? []
    self.heartbeats = heartbeats + workers.map(\.heartbeat) + brokerParts
  }

  var phase: HealthReading.Phase {
    get { currentPhase.withLock { $0 } }
    set { currentPhase.withLock { $0 = newValue } }
  }

  /// See `PageMaker`.
  func page(_ endpoint: Router.Endpoint, isAdmin: Bool) -> Page {
    switch endpoint {
    case .health, .ready, .log, .dead, .deadReplay, .deadLetter, .tail:
      page(HealthDocument(health, for: isAdmin ? .operators : .everyone))
    case .live: page(HealthDocument(Liveness(heartbeats), now: Clock.monotonicNanoseconds()))
    case .metrics: Page(status: .ok, mediaType: .metrics, body: metrics.exposition(reading))
    case .status: Page(status: .ok, mediaType: .json, body: StatusDocument(health, reading).body)
    case .dashboard: dashboard
    case .openAPI: Page(status: .ok, mediaType: .yaml, body: PackageResources.openapi_yaml)
    }
  }

  private func page(_ document: HealthDocument) -> Page {
    Page(status: document.httpStatus, mediaType: .health, body: document.body)
  }

  private var health: HealthReading {
    HealthReading(
      role: role, phase: phase, broker: broker?.check, spool: spool, logbeacon: check(.logbeacon),
      telegram: check(.telegram), webhook: check(.webhook),
      uptimeSeconds: Int((Clock.monotonicNanoseconds() - began) / 1_000_000_000))
  }

  private var spool: HealthReading.Check<SpoolCondition> {
    let state = store.state
    let condition: SpoolCondition =
      switch state.failure {
      case nil: OverloadMachine.isFull(store: store.fill) ? .full : .writable
      case .full: .full
      case .diskFull: .diskFull
      case .unwritable, .closed: .unwritable
      }
    let figures = names.map(store.figures)
    return HealthReading.Check(
      condition, since: state.since,
      figures: HealthReading.Figures(
        events: figures.reduce(0) { $0 + $1.queued }, bytes: figures.reduce(0) { $0 + $1.bytes },
        limitBytes: limitBytes),
      note: state.detail)
  }

  private func check(_ sink: Sink) -> HealthReading.Check<SinkCondition>? {
    let names = names.filter { $0.sink == sink }
    var check = workers.first { $0.sink == sink }?.snapshot().check
    if check != nil, store.state.isDeadStoreFull { check?.condition = .deadLettersFull }
    if check?.condition.status ?? .pass == .pass, let since = broker?.unconsumedSince(names) {
      check = HealthReading.Check(.unconsumed, since: since)
    }
    check?.figures.queued = names.reduce(0) { $0 + queue.figures($1).queued }
    return check
  }

  private var queue: any Queue { broker ?? store }

  private var reading: MetricsReading {
    var reading = MetricsReading()
    let snapshots = workers.map { $0.snapshot() }
    let known = Dictionary(snapshots.flatMap { $0.queues.map { ($0.name, $0) } }) { first, _ in first }
    var ledger: [LedgerState: Int] = [:]
    for name in store.names {
      let own = store.figures(name)
      reading.spool.events += own.queued
      reading.spool.bytes += own.bytes
      let figures = queue.figures(name)
      reading.queues.append(
        MetricsReading.Queue(
          name: name, messages: figures.queued, dead: figures.dead, isBreakerOpen: known[name]?.isBreakerOpen ?? false,
          pausedLanes: known[name]?.pausedLanes ?? 0))
      guard let kept = store.ledger(name) else { continue }
      ledger[.stored, default: 0] += kept.stored
      ledger[.delivered, default: 0] += kept.delivered
      ledger[.disabled, default: 0] += kept.disabled
      ledger[.dead, default: 0] += kept.dead
      ledger[.purged, default: 0] += kept.purged
      ledger[.republished, default: 0] += kept.republished
      ledger[.quarantined, default: 0] += kept.quarantined
      ledger[.queued, default: 0] += kept.waiting
      ledger[.inFlight, default: 0] += kept.unsettled
      ledger[.grouped, default: 0] += kept.grouped
    }
    reading.ledgers = [MetricsReading.Ledger(store: "spool", states: ledger)]
    reading.spool.oldestSeconds = store.oldestSeconds
    reading.broker = broker?.reading
    reading.intake = metrics.intake
    reading.deliveries = snapshots.flatMap(\.deliveries)
    reading.consoleDropped = console.dropped
    return reading
  }
}
