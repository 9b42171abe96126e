import Core
import HTTPClient
import Integrity
import JSON
import Platform

/// The life of a worker on its thread: take what was sent, let the machine decide, do what it says, wait.
///
/// Made, run and dropped on the worker's thread.
final class WorkerLoop {
  struct Parts: Sendable {
    let sink: Sink
    let settings: Settings
    let queue: any Queue
    let console: Console
    let time: LocalTime
    let metrics: Metrics?
    let mailbox: Mailbox<WorkerMessage>
    let board: WorkerBoard
    let heartbeat: Heartbeat
  }

  /// How often paused lanes are looked after, in milliseconds.
  private static let lookInterval: Int64 = 1000
  /// Calls to Telegram at once, for a domain: chats answer one at a time.
  private static let telegramInFlight = 16
  /// Copies that a slow worker still has in hand at a time, where twice its calls are not more.
  static let leastPrefetch = 32

  let parts: Parts
  var settings: Settings
  let names: [QueueName]
  let client: HTTPClient
  let courier: any Courier
  let reader = JSONReader(maxItems: 1)
  var machine: DeliveryMachine
  var items: [UInt64: Item] = [:]
  /// Begins where no loop before this one has been: an answer that one of them waited for may still come.
  var lastTicket = Clock.monotonicNanoseconds()
  /// Copies that wait for their parts to be stored.
  var splits: Set<UInt64> = []
  var copies = DeliveredCopies()
  var grouping: Grouping
  let digester = Digester()
  /// By queue.
  var settlements: [GatheredSettlements]
  /// When the next of them are handed on, in monotonic milliseconds; `nil` when there are none.
  private var nextSettling: Int64?
  /// Console lines, for the end of the turn.
  var lines: [UInt8] = []
  var status: WorkerStatus
  var served: Set<Int> = []
  private var random = RandomBytes()
  private var nextHealthLine = Int64.max
  private var nextLook = Int64.max
  private var stopDeadline: UInt64?
  /// A stop, also one to come, waits for nothing.
  private var isHurried = false
  /// Checks in a row that found the connection down.
  private var failedChecks = 0
  /// It has given up, `worker.max_failures` checks in a row having failed.
  private(set) var hasResigned = false

  init(_ parts: Parts) throws(WorkerError) {
    self.parts = parts
    settings = parts.settings
    names = settings.domains.map { QueueName(domain: $0.name, sink: parts.sink) }
    let mayStandIn = settings.queue == .embedded && !parts.console.isOff
    let console = parts.console
    do throws(HTTPClientError) {
      client = try HTTPClient(options: HTTPClient.Options(userAgent: "beacongate/\(Version.current)"))
    } catch {
      throw WorkerError(error)
    }
    switch parts.sink {
    case .logbeacon:
      do throws(LogBeaconKeysError) {
        courier = try LogBeaconCourier(settings, mayStandIn: mayStandIn) { console.writeLine(.warning, $0) }
      } catch {
        throw WorkerError(error)
      }
    case .telegram:
      courier = TelegramCourier(settings, mayStandIn: mayStandIn, time: parts.time) {
        console.writeLine(.warning, $0)
      }
    case .webhook: courier = WebhookCourier(settings)
    }
    machine = DeliveryMachine(
      limits: settings.domains.map { Self.maxInFlight(parts.sink, $0) }, retry: RetryPolicy(settings.retry))
    client.limitConnections(perHost: machine.maxInFlight)
    grouping = Grouping(
      epoch: Clock.monotonicNanoseconds() ^ random.next(), maxCounted: Self.maxCounted(settings))
    settlements = Array(repeating: GatheredSettlements(), count: names.count)
    status = WorkerStatus(parts.board.snapshot.queues)
  }

  var waker: Waker { client.waker }

  /// Calls that a domain may have in flight.
  static func maxInFlight(_ sink: Sink, _ domain: Settings.Domain) -> Int {
    switch sink {
    case .logbeacon: domain.logbeacon.concurrency
    case .telegram: telegramInFlight
    case .webhook: domain.webhook.concurrency
    }
  }

  /// Copies of a queue that may wait for digests: what is parked for another reason needs room too.
  static func maxCounted(_ settings: Settings) -> Int { settings.worker.parkedMax / 4 * 3 }

  /// Begins to consume every queue that has a sink.
  func start() {
    let now = moment()
    nextHealthLine = healthInterval.map { now.monotonic + $0 } ?? .max
    consumeServed()
    endTurn(now)
  }

  func run() {
    while !isDone {
      parts.heartbeat.rested()
      let completions = client.poll(timeout: .milliseconds(waitMilliseconds()))
      parts.heartbeat.woke(at: Clock.monotonicNanoseconds())
      let now = moment()
      for message in parts.mailbox.take() { receive(message, now) }
      for completion in completions { complete(completion, now) }
      lookAfterLanes(now, hasTraffic: !completions.isEmpty)
      perform(machine.timePassed(now), now)
      sayHealth(now)
      endTurn(now)
    }
    giveBackRest()
    parts.heartbeat.rested()
  }

  // MARK: The turn

  private func receive(_ message: WorkerMessage, _ now: Moment) {
    switch message {
    case .delivered(let queue, let deliveries): take(deliveries, queue: queue, now)
    case .split(let ticket, let isStored): splitEnded(ticket, isStored: isStored, now)
    case .woken(let lane, let rows, let hasMore):
      perform(machine.woken(lane, rows: rows, hasMore: hasMore, now: now), now)
    case .settings(let settings): update(settings, now)
    case .stop(let deadline):
      stopDeadline = isHurried ? 0 : deadline
      perform(machine.stopped(), now)
    case .hurry:
      isHurried = true
      if isStopping { stopDeadline = 0 }
    }
  }

  private func complete(_ completion: HTTPClient.Completion, _ now: Moment) {
    guard let item = items[completion.token] else { return }
    parts.metrics?.called(
      DeliverySink(parts.sink),
      nanoseconds: Int(min(completion.duration, .seconds(3600)) / .nanoseconds(1)))
    let outcome = courier.outcome(of: item, completion.result, now: now)
    note(outcome, of: item, now)
    perform(machine.completed(completion.token, outcome, now: now, random: random.next()), now)
  }

  private func lookAfterLanes(_ now: Moment, hasTraffic: Bool) {
    guard hasTraffic || nextLook <= now.monotonic else { return }
    let notices = WorkerNotices(locale: settings.locale)
    for lane in courier.changedLanes(now: now) {
      say(.notice, notices.keyChanged(lane, parts.sink), now)
      perform(machine.credentialsChanged(of: lane, now: now), now)
    }
    if nextLook <= now.monotonic, status.hasPausedLanes { noteMachine(now) }
    nextLook = lookTime(now)
  }

  /// When changed credentials are looked for at the latest.
  private func lookTime(_ now: Moment) -> Int64 {
    let interval = status.hasPausedLanes ? Self.lookInterval : courier.lookInterval
    return interval.map { now.monotonic + $0 } ?? .max
  }

  private func sayHealth(_ now: Moment) {
    guard nextHealthLine <= now.monotonic, let healthInterval, !isStopping else { return }
    nextHealthLine = now.monotonic + healthInterval
    let texts = WorkerTexts(locale: settings.locale)
    var isDown = false
    for queue in served.sorted() {
      if !parts.queue.isConnected(names[queue]) { isDown = true }
      say(.health, texts.health(parts.sink, waiting: parts.queue.figures(names[queue]).queued), now)
    }
    failedChecks = isDown ? failedChecks + 1 : 0
    guard isDown else { return }
    let limit = settings.worker.maxFailures
    say(.warning, WorkerNotices(locale: settings.locale).disconnected(parts.sink, check: failedChecks, of: limit), now)
    if failedChecks >= limit { resign(now) }
  }

  /// Gives up: what is in flight gets the grace, then the thread ends.
  private func resign(_ now: Moment) {
    hasResigned = true
    say(.warning, WorkerNotices(locale: settings.locale).resigned(parts.sink), now)
    stopDeadline = Clock.monotonicNanoseconds() + UInt64(settings.shutdown.grace / .nanoseconds(1))
    perform(machine.stopped(), now)
  }

  func endTurn(_ now: Moment) {
    settleWhatIsDue(now)
    if !lines.isEmpty {
      parts.console.write(lines)
      lines.removeAll(keepingCapacity: true)
    }
    if status.takeChanged() { parts.board.publish(status.queues) }
    if status.hasPausedLanes || nextLook == .max { nextLook = min(nextLook, lookTime(now)) }
  }

  /// Copies that are in hand will bring company for what waits; without any there is nothing to wait for.
  private func settleWhatIsDue(_ now: Moment) {
    nextSettling = nil
    let isLast = items.isEmpty || isStopping
    for queue in names.indices {
      guard let deadline = settlements[queue].deadline else { continue }
      let limit = GatheredSettlements.limit(
        prefetch: settings.broker.prefetch, inFlight: Self.maxInFlight(parts.sink, settings.domains[queue]))
      if isLast || settlements[queue].areDue(now: now.monotonic, limit: limit) {
        flush(queue)
      } else {
        nextSettling = min(nextSettling ?? deadline, deadline)
      }
    }
  }

  // MARK: Time

  func moment() -> Moment {
    Moment(
      monotonic: Int64(Clock.monotonicNanoseconds() / 1_000_000), unix: Clock.unixMilliseconds())
  }

  private var healthInterval: Int64? {
    let interval = settings.worker.healthInterval.milliseconds
    return interval > 0 ? interval : nil
  }

  /// At most a minute, so that a clock that stood still while the machine slept does no harm.
  private func waitMilliseconds() -> Int64 {
    let now = Int64(Clock.monotonicNanoseconds() / 1_000_000)
    var next = min(machine.nextDeadline ?? .max, nextHealthLine, nextLook)
    if let nextSettling { next = min(next, nextSettling) }
    if let stopDeadline { next = min(next, Int64(clamping: stopDeadline / 1_000_000) + 1) }
    return max(0, min(next - now, 60_000))
  }

  // MARK: The end

  var isStopping: Bool { stopDeadline != nil }

  private var isDone: Bool {
    guard let stopDeadline else { return false }
    return (machine.inFlight == 0 && splits.isEmpty) || Clock.monotonicNanoseconds() >= stopDeadline
  }

  /// What is in flight at the end goes back as it came; the sink may have it all the same.
  private func giveBackRest() {
    let now = moment()
    client.cancelAll()
    for message in parts.mailbox.take() { receive(message, now) }
    for ticket in items.keys.sorted() where !splits.contains(ticket) { perform(machine.abandoned(ticket), now) }
    endTurn(now)
  }
}
