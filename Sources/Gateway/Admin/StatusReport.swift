import Core
import Platform
import Synchronization

/// What the process tells of itself: health, metrics. Answers from kept figures, so that a loop never waits for it.
final class StatusReport: Sendable {
  private let role: Settings.Role
  private let names: [QueueName]
  private let limitBytes: Int
  private let queue: EmbeddedQueue
  private let workers: [Worker]
  private let console: Console
  private let metrics: Metrics
  private let heartbeats: [Heartbeat]
  private let began = Clock.monotonicNanoseconds()
  private let currentPhase = Mutex(HealthReading.Phase.starting)

  init(
    settings: Settings, queue: EmbeddedQueue, workers: [Worker], console: Console, metrics: Metrics,
    heartbeats: [Heartbeat]
  ) {
    role = settings.role
    names = settings.domains.flatMap { domain in Sink.allCases.map { QueueName(domain: domain.name, sink: $0) } }
    limitBytes = settings.spool.maxBytes
    self.queue = queue
    self.workers = workers
    self.console = console
    self.metrics = metrics
    self.heartbeats = heartbeats + workers.map(\.heartbeat)
  }

  var phase: HealthReading.Phase {
    get { currentPhase.withLock { $0 } }
    set { currentPhase.withLock { $0 = newValue } }
  }

  /// See `PageMaker`.
  func page(_ endpoint: Router.Endpoint, isAdmin: Bool) -> Page {
    switch endpoint {
    case .health, .ready, .log: page(HealthDocument(health, for: isAdmin ? .operators : .everyone))
    case .live: page(HealthDocument(Liveness(heartbeats), now: Clock.monotonicNanoseconds()))
    case .metrics: Page(status: .ok, mediaType: .metrics, body: metrics.exposition(reading))
    }
  }

  private func page(_ document: HealthDocument) -> Page {
    Page(status: document.httpStatus, mediaType: .health, body: document.body)
  }

  private var health: HealthReading {
    HealthReading(
      role: role, phase: phase, spool: spool, logbeacon: check(.logbeacon), telegram: check(.telegram),
      uptimeSeconds: Int((Clock.monotonicNanoseconds() - began) / 1_000_000_000))
  }

  private var spool: HealthReading.Check<SpoolCondition> {
    let state = queue.state
    let condition: SpoolCondition =
      switch state.failure {
      case nil: .writable
      case .full: .full
      case .diskFull: .diskFull
      case .unwritable, .closed: .unwritable
      }
    let figures = names.map(queue.figures)
    return HealthReading.Check(
      condition, since: state.since,
      figures: HealthReading.Figures(
        events: figures.reduce(0) { $0 + $1.queued }, bytes: figures.reduce(0) { $0 + $1.bytes },
        limitBytes: limitBytes),
      note: state.detail)
  }

  private func check(_ sink: Sink) -> HealthReading.Check<SinkCondition>? {
    guard let worker = workers.first(where: { $0.sink == sink }) else { return nil }
    var check = worker.snapshot().check
    if queue.state.isDeadStoreFull { check.condition = .deadLettersFull }
    check.figures.queued = names.filter { $0.sink == sink }.reduce(0) { $0 + queue.figures($1).queued }
    return check
  }

  private var reading: MetricsReading {
    var reading = MetricsReading()
    let snapshots = workers.map { $0.snapshot() }
    let open = Set(snapshots.flatMap { $0.queues.filter(\.isBreakerOpen).map(\.name) })
    var ledger: [LedgerState: Int] = [:]
    for name in queue.names {
      let figures = queue.figures(name)
      reading.spool.events += figures.queued
      reading.spool.bytes += figures.bytes
      reading.queues.append(
        MetricsReading.Queue(
          name: name, messages: figures.queued, dead: figures.dead, isBreakerOpen: open.contains(name)))
      guard let kept = queue.ledger(name) else { continue }
      ledger[.stored, default: 0] += kept.stored
      ledger[.delivered, default: 0] += kept.delivered
      ledger[.disabled, default: 0] += kept.disabled
      ledger[.dead, default: 0] += kept.dead
      ledger[.purged, default: 0] += kept.purged
      ledger[.quarantined, default: 0] += kept.quarantined
      ledger[.queued, default: 0] += kept.waiting
      ledger[.inFlight, default: 0] += kept.unsettled
    }
    reading.ledgers = [MetricsReading.Ledger(store: "spool", states: ledger)]
    reading.spool.oldestSeconds = queue.oldestSeconds
    reading.deliveries = snapshots.flatMap(\.deliveries)
    reading.consoleDropped = console.dropped
    return reading
  }
}
