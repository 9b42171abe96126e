import AMQP
import Core
import Fakes
import Platform
import Synchronization

@testable import Gateway

/// A consumer of one domain of its own beside an embedded queue, with times short enough for a test.
final class BrokerBench: Sendable {
  let domain: String
  let names: [QueueName]
  let folder: TemporaryDirectory
  let embedded: EmbeddedQueue
  let topology: BrokerTopology
  let declarer: BrokerDeclarer
  let consumer: BrokerConsumer
  /// Everything that was said.
  let notices: Monitor<[String]>
  /// Dead letters that were sent to the broker, and whether it takes them.
  let letters: Monitor<(sent: [DeadLetter], isTaken: Bool)>
  private let isStopped = Atomic(false)

  struct Settings {
    var url: String
    var sink = Sink.logbeacon
    var domain = "d\(UInt32.random(in: 0 ... .max)).example"
    /// Further domains of the same sink.
    var others: [String] = []
    var maxBytes: Int64 = 1 << 30
    var parkedMax = 1000
    var queueType: Core.Settings.QueueType?
    var heartbeat = Duration.seconds(20)
    /// How long a worker is watched before it is given fewer copies, milliseconds.
    var watchSpan = PrefetchGauge.span
  }

  init(_ settings: Settings) throws {
    domain = settings.domain
    names = ([settings.domain] + settings.others).map { QueueName(domain: $0, sink: settings.sink) }
    folder = try TemporaryDirectory()
    let notices = Monitor([String]())
    let notice: NoticeWriter = { _, sentence in notices.change { $0.append(sentence) } }
    self.notices = notices
    let letters = Monitor((sent: [DeadLetter](), isTaken: true))
    self.letters = letters
    embedded = try EmbeddedQueue(
      EmbeddedQueue.Options(
        folder: folder.path, names: names, maxBytes: settings.maxBytes, deadMaxBytes: 1 << 20), notice: notice)
    let broker = Self.broker(settings.url, heartbeat: settings.heartbeat)
    let access = try BrokerAccess(broker, connectTimeout: .seconds(2))
    topology = BrokerTopology(type: settings.queueType, notice: notice)
    declarer = try BrokerDeclarer(access, topology)
    var options = BrokerConsumer.Options(
      sink: settings.sink, names: names, broker: broker, parkedMax: settings.parkedMax)
    options.waits = Self.waits
    options.waits.watchSpan = settings.watchSpan
    consumer = try BrokerConsumer(
      options, access, embedded: embedded, declarer: declarer,
      write: { sent, completion in
        let isTaken = letters.change { letters in
          letters.sent += sent
          return letters.isTaken
        }
        completion(sent.map { _ in isTaken })
      }, notice: notice)
  }

  convenience init(_ node: RabbitNode, sink: Sink = .logbeacon, domain: String? = nil) throws {
    var settings = Settings(url: node.url)
    settings.sink = sink
    if let domain { settings.domain = domain }
    try self.init(settings)
  }

  deinit { stop() }

  static func broker(_ url: String, heartbeat: Duration = .seconds(20)) -> Core.Settings.Broker {
    var broker = Core.Settings.Broker()
    broker.urls = [Secret(url)]
    broker.heartbeat = heartbeat
    broker.reconnectAttempts = 1000
    broker.reconnectInterval = .milliseconds(100)
    broker.reconnectPause = .milliseconds(100)
    return broker
  }

  static var waits: ConsumerQueueMachine.Options {
    var waits = ConsumerQueueMachine.Options(needsLock: false)
    waits.minWait = 50
    waits.maxWait = 400
    waits.lockInterval = 100
    return waits
  }

  var name: QueueName { names[0] }

  var condition: ConsumerQueueMachine.Condition { condition(of: 0) }

  func condition(of index: Int) -> ConsumerQueueMachine.Condition { consumer.status.queues[index].condition }

  /// Consumes from the broker and the embedded queue, and waits until the broker's consumer is there.
  func consume(_ probe: DeliveryProbe, prefetch: Int = 10, queue: Int = 0, mode: ConsumeMode = .open) -> Bool {
    embedded.consume(names[queue], prefetch: prefetch) { probe.receive($0) }
    consumer.consume(names[queue], prefetch: prefetch, mode: mode) { probe.receive($0) }
    return waitUntil { condition(of: queue) == .consuming }
  }

  func settle(_ deliveries: some Sequence<Delivery>, _ settlement: Settlement) {
    for delivery in deliveries {
      if ConsumerTag(delivery.tag) != nil {
        consumer.settle(delivery.queue, [(delivery.tag, settlement)])
      } else {
        embedded.settle(delivery.queue, [(delivery.tag, settlement)])
      }
    }
  }

  func said(_ text: String) -> Int { notices.value.count { $0.contains(text) } }

  /// Call any number of times.
  func stop() {
    guard isStopped.compareExchange(expected: false, desired: true, ordering: .sequentiallyConsistent).exchanged else {
      return
    }
    let deadline = Clock.monotonicNanoseconds() + 5_000_000_000
    consumer.stop(deadline: deadline)
    declarer.stop(deadline: deadline)
    embedded.stop()
  }
}
