import AMQP
import Core
import Fakes
import Platform
import Synchronization

@testable import Gateway

/// A publisher with its spool, for one domain of its own, with times short enough for a test.
final class PublisherBench: Sendable {
  let name: QueueName
  let telegram: QueueName
  let folder: TemporaryDirectory
  let spool: EmbeddedQueue
  let publisher: Publisher
  let notices: Monitor<[String]>
  /// Queues that were said to be missing.
  let missing: Monitor<[QueueName]>
  private let isStopped = Atomic(false)

  struct Manner {
    var confirmTimeout = Duration.milliseconds(500)
    var heartbeat = Duration.seconds(20)
    var patience = Duration.seconds(30)
    var fallbackAfter = Duration.seconds(3600)
    var hasWorkers = true
    var packing = false
    var folder: TemporaryDirectory?
    var maxSpoolBytes: Int64 = 1 << 30
    var prepare: @Sendable (AMQPURL, AMQPConnection.Options) throws(AMQPError) -> Void = { _, _ in }
  }

  init(
    _ urls: [String], domain: String = "p\(UInt32.random(in: 0 ... .max)).example", _ manner: Manner = Manner()
  ) throws {
    name = QueueName(domain: domain, sink: .logbeacon)
    telegram = QueueName(domain: domain, sink: .telegram)
    folder = try manner.folder ?? TemporaryDirectory()
    spool = try EmbeddedQueue(
      EmbeddedQueue.Options(
        folder: folder.path, names: [name, telegram], maxBytes: manner.maxSpoolBytes, deadMaxBytes: 1 << 20))
    var broker = Settings.Broker()
    broker.urls = urls.map { Secret($0) }
    broker.confirmTimeout = manner.confirmTimeout
    broker.heartbeat = manner.heartbeat
    broker.packing = manner.packing
    broker.reconnectAttempts = 1000
    broker.reconnectInterval = .milliseconds(200)
    broker.reconnectPause = .milliseconds(200)
    let notices = Monitor([String]())
    let missing = Monitor([QueueName]())
    (self.notices, self.missing) = (notices, missing)
    var options = Publisher.Options(
      names: [name, telegram], broker: broker, fallbackAfter: manner.fallbackAfter, hasWorkers: manner.hasWorkers,
      prepare: manner.prepare, queueMissing: { name in missing.change { $0.append(name) } })
    options.patience = manner.patience
    publisher = try Publisher(options, spool: spool) { _, sentence in notices.change { $0.append(sentence) } }
  }

  convenience init(_ node: RabbitNode, _ manner: Manner = Manner()) throws {
    try self.init([node.url], manner)
  }

  deinit { stop() }

  var ledger: PublisherLedger { publisher.status.ledger }

  func waitUntil(_ condition: BrokerCondition, timeout: Duration = .seconds(60)) -> Bool {
    Fakes.waitUntil(timeout: timeout) { publisher.status.condition == condition }
  }

  func said(_ text: String) -> Int { notices.value.count { $0.contains(text) } }

  /// Hands a batch in and waits for its outcome; `nil` if that takes a minute.
  func store(_ batch: CopyBatch) -> StoreOutcome? {
    let outcome = Monitor<StoreOutcome?>(nil)
    publisher.store(batch) { result in outcome.change { $0 = result } }
    _ = outcome.wait(timeout: .seconds(60)) { $0 != nil }
    return outcome.value
  }

  func send(_ letters: [DeadLetter]) -> [Bool]? {
    let outcome = Monitor<[Bool]?>(nil)
    publisher.send(letters) { result in outcome.change { $0 = result } }
    _ = outcome.wait(timeout: .seconds(60)) { $0 != nil }
    return outcome.value
  }

  /// The spool is empty, and the broker owes nothing.
  func isDrained() -> Bool {
    spool.figures(name).queued == 0 && spool.figures(telegram).queued == 0 && ledger.outstanding == 0
  }

  /// Ends everything; call any number of times.
  func stop(within grace: UInt64 = 5_000_000_000) {
    guard isStopped.compareExchange(expected: false, desired: true, ordering: .sequentiallyConsistent).exchanged else {
      return
    }
    publisher.stop(deadline: Clock.monotonicNanoseconds() + grace)
    spool.stop()
  }
}

/// The outcomes of many single copies, with the time that the slowest took.
final class PublisherTally: Sendable {
  struct Counts: Sendable {
    var confirmed = 0
    var spooled = 0
    var refused = 0
    var slowest = Duration.zero
    var total: Int { confirmed + spooled + refused }
  }

  let counts = Monitor(Counts())

  func store(_ ids: some Sequence<String>, to publisher: Publisher, body: String = "{}") {
    for id in ids {
      let began = ContinuousClock.now
      publisher.store(CopyBatch(ids: [id], body: body)) { [counts] outcome in
        counts.change { counts in
          counts.slowest = max(counts.slowest, ContinuousClock.now - began)
          switch outcome {
          case .confirmed: counts.confirmed += 1
          case .spooled: counts.spooled += 1
          case .mixed, .unavailable: counts.refused += 1
          }
        }
      }
    }
  }

  func wait(for total: Int) -> Counts {
    _ = counts.wait(timeout: .seconds(90)) { $0.total >= total }
    return counts.value
  }
}
