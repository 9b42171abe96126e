import AMQP
package import Core
package import Platform
import Synchronization

/// RabbitMQ and the embedded queue behind one shape: what is stored goes to the broker or, if that does not confirm it, to
/// the spool; what is consumed comes from the broker, from the parked copies, and from the spool while the broker is away.
///
/// Tags of broker copies have bit 63; see ``ConsumerTag``. The embedded queue is its owner's to stop, after
/// ``stop(deadline:)``.
package final class BrokerQueue: Queue {
  package struct Options: Sendable {
    /// By number; see `QueueID`.
    package var names: [QueueName]
    package var broker: Settings.Broker
    package var fallback = Settings.Fallback.direct
    package var fallbackAfter = Duration.seconds(10)
    /// The sinks whose queues are consumed from the broker; none in a process that only takes events in.
    package var sinks: Set<Sink>
    /// Workers of this process may take spooled copies while the broker is away.
    package var deliversSpooled: Bool
    package var takesEvents = true
    package var parkedMax = 20_000
    /// Time between two looks at the depths of the queues.
    package var inspectionInterval = Duration.seconds(5)
    /// Waits of a queue that is refused, and of one whose lock another worker has.
    package var waits = ConsumerQueueMachine.Options(needsLock: false)

    package init(
      names: [QueueName], broker: Settings.Broker, sinks: Set<Sink>, deliversSpooled: Bool
    ) {
      self.names = names
      self.broker = broker
      self.sinks = sinks
      self.deliversSpooled = deliversSpooled
    }
  }

  package let embedded: EmbeddedQueue
  package let publisher: Publisher
  package let inspector: BrokerInspector
  /// By sink; none for a sink that this process does not consume.
  package let consumers: [Sink: BrokerConsumer]
  let declarer: BrokerDeclarer
  let dead: BrokerDead
  private let letters: BrokerLetters
  let names: [QueueName]
  /// Copies of the embedded queue that a worker has, for the dead letters that some become. Bounded by the prefetch.
  private let held = Mutex<[QueueName: [UInt64: Delivery]]>([:])

  /// Starts every part; the broker need not be there. `notice` gets a sentence per change of state worth an operator's eye,
  /// on whatever thread notices it.
  package init(
    _ options: Options, access: BrokerAccess, embedded: EmbeddedQueue, notice: @escaping NoticeWriter
  ) throws(SystemError) {
    let topology = BrokerTopology(type: options.broker.queueType, notice: notice)
    let declarer = try BrokerDeclarer(access, topology)
    // What has started is ended when a later part cannot start.
    var undo: [() -> Void] = [{ declarer.stop(deadline: 0) }]
    do throws(SystemError) {
      let publisher = try Self.publisher(options, topology, declarer, embedded, notice)
      undo.append { publisher.stop(deadline: 0) }
      var inspection = BrokerInspector.Options(names: options.names, broker: options.broker)
      inspection.interval = options.inspectionInterval
      let inspector = try BrokerInspector(inspection, access, declarer)
      undo.append { inspector.stop(deadline: 0) }
      let dead = try BrokerDead(access, options.names)
      undo.append { dead.stop(deadline: 0) }
      let letters = BrokerLetters(publisher, declarer) { inspector.foundDead($0) }
      var consumers: [Sink: BrokerConsumer] = [:]
      for sink in options.sinks {
        var consumption = BrokerConsumer.Options(
          sink: sink, names: options.names.filter { $0.sink == sink }, broker: options.broker,
          parkedMax: options.parkedMax)
        consumption.waits = options.waits
        let consumer = try BrokerConsumer(
          consumption, access, embedded: embedded, declarer: declarer, write: { letters.send($0, completion: $1) },
          notice: notice)
        undo.append { consumer.stop(deadline: 0) }
        consumers[sink] = consumer
      }
      names = options.names
      self.embedded = embedded
      self.declarer = declarer
      self.publisher = publisher
      self.inspector = inspector
      self.dead = dead
      self.letters = letters
      self.consumers = consumers
    } catch {
      for step in undo.reversed() { step() }
      throw error
    }
    // Copies of a queue that is not consumed here were parked while the broker was away: they go back to it.
    embedded.giveBackParked(true, names.filter { consumers[$0.sink] == nil })
  }

  private static func publisher(
    _ options: Options, _ topology: BrokerTopology, _ declarer: BrokerDeclarer, _ embedded: EmbeddedQueue,
    _ notice: @escaping NoticeWriter
  ) throws(SystemError) -> Publisher {
    let names = options.names.map { "\($0)" }
    var publishing = Publisher.Options(
      names: options.names, broker: options.broker, fallback: options.fallback, fallbackAfter: options.fallbackAfter,
      hasWorkers: options.deliversSpooled,
      prepare: { url, connection throws(AMQPError) in try topology.prepare(names, at: url, connection) },
      queueMissing: { declarer.declare(["\($0)"]) })
    publishing.takesEvents = options.takesEvents
    return try Publisher(publishing, spool: embedded, notice: notice)
  }

  // MARK: Storing

  package func store(_ batch: CopyBatch, completion: @escaping @Sendable (StoreOutcome) -> Void) {
    guard !batch.claims.isEmpty else { return publisher.store(batch, completion: completion) }
    let claims = batch.claims
    var copies = batch
    copies.claims = []
    publisher.store(copies) { [embedded] outcome in
      completion(outcome)
      embedded.remember(
        claims.compactMap { claim in
          outcome.stored(claim.rows).map { SeenEvent(key: claim.key, content: claim.content, stored: $0) }
        })
    }
  }

  package func remember(_ events: [SeenEvent]) {
    embedded.remember(events)
  }

  package func storeLocally(_ batch: CopyBatch, completion: @escaping @Sendable (StoreOutcome) -> Void) {
    let now = Clock.unixMilliseconds()
    let copies = batch.rows.map { row in
      let id = String(decoding: batch.bytes[row.id], as: UTF8.self)
      return ForeignCopy(
        queue: names[row.queue.rawValue], messageID: row.audience.map { "\(id).\($0.rawValue)" } ?? id, attempt: 0,
        body: Array(batch.bytes[row.body]), digest: ContentDigest(batch.bytes.span.extracting(row.digest)), dueAt: now)
    }
    embedded.park(copies) { failure in
      completion(failure.map { .unavailable($0) } ?? .spooled)
    }
  }

  // MARK: Consuming

  package func consume(
    _ name: QueueName, prefetch: Int, mode: ConsumeMode, receive: @escaping @Sendable ([Delivery]) -> Void
  ) {
    embedded.consume(name, prefetch: prefetch) { [weak self] deliveries in
      self?.hold(deliveries, of: name)
      receive(deliveries)
    }
    consumers[name.sink]?.consume(name, prefetch: prefetch, mode: mode, receive: receive)
  }

  package func cancel(_ name: QueueName) {
    embedded.cancel(name)
    consumers[name.sink]?.cancel(name)
  }

  package func settle(_ name: QueueName, _ settlements: [(tag: UInt64, settlement: Settlement)]) {
    var ours: [(tag: UInt64, settlement: Settlement)] = []
    var theirs: [(tag: UInt64, settlement: Settlement)] = []
    for settlement in settlements {
      if ConsumerTag(settlement.tag) != nil { theirs.append(settlement) } else { ours.append(settlement) }
    }
    if !theirs.isEmpty { consumers[name.sink]?.settle(name, theirs) }
    if !ours.isEmpty { settleEmbedded(name, ours) }
  }

  package func release(_ name: QueueName, lane: String) {
    embedded.release(name, lane: lane)
  }

  private func hold(_ deliveries: [Delivery], of name: QueueName) {
    held.withLock { held in
      for delivery in deliveries { held[name, default: [:]][delivery.tag] = delivery }
    }
  }

  /// As the embedded queue does, but a dead letter is the broker's to keep, if it takes it.
  private func settleEmbedded(_ name: QueueName, _ settlements: [(tag: UInt64, settlement: Settlement)]) {
    let now = Clock.unixMilliseconds()
    var settled: [(tag: UInt64, settlement: Settlement)] = []
    var dead: [(tag: UInt64, letter: DeadLetter)] = []
    held.withLock { held in
      for (tag, settlement) in settlements {
        let delivery = held[name]?.removeValue(forKey: tag)
        if case .dead(let note) = settlement, let delivery {
          let letter = DeadLetter(
            queue: name, messageID: delivery.messageID, note: note, diedAt: now, body: delivery.body,
            digest: delivery.digest)
          dead.append((tag, letter))
        } else {
          settled.append((tag, settlement))
        }
      }
    }
    if !settled.isEmpty { embedded.settle(name, settled) }
    guard !dead.isEmpty else { return }
    let written = dead
    letters.send(written.map(\.letter)) { [embedded] isConfirmed in
      var handedOver: [(tag: UInt64, isHandedOver: Bool)] = []
      var buried: [(tag: UInt64, settlement: Settlement)] = []
      for ((tag, letter), isConfirmed) in zip(written, isConfirmed) {
        if isConfirmed { handedOver.append((tag, true)) } else { buried.append((tag, .dead(letter.note))) }
      }
      if !handedOver.isEmpty { embedded.settleRepublished(name, handedOver) }
      if !buried.isEmpty { embedded.settle(name, buried) }
    }
  }

  // MARK: Figures

  package func figures(_ name: QueueName) -> QueueFigures {
    var figures = embedded.figures(name)
    let depth = inspector.depth(name)
    let unsettled = consumers[name.sink]?.unsettled(name) ?? 0
    figures.queued += depth.messages + unsettled
    figures.unsettled += unsettled
    figures.dead += depth.dead
    return figures
  }

  /// The spool's while the broker does not take copies.
  package var fill: Double { publisher.status.condition == .connected ? 0 : embedded.fill }

  /// Whether the connection that `name` is consumed by is up; true where this process does not consume it.
  package func isConnected(_ name: QueueName) -> Bool {
    consumers[name.sink].map(\.status.isConnected) ?? true
  }

  package func update(parkedMax: Int) {
    for consumer in consumers.values { consumer.update(parkedMax: parkedMax) }
  }
}
