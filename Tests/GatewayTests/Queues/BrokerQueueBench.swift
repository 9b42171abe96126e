import AMQP
import Core
import Fakes
import Platform
import Synchronization

@testable import Gateway

/// A whole broker queue for one domain of its own, with times short enough for a test.
final class BrokerQueueBench: Sendable {
  let folder: TemporaryDirectory
  let embedded: EmbeddedQueue
  let queue: BrokerQueue
  let logbeacon: QueueName
  let telegram: QueueName
  private let stage = Mutex(0)

  init(
    _ url: String, sinks: Set<Sink> = [.logbeacon, .telegram], fallback: Settings.Fallback = .direct
  ) throws {
    let domain = "q\(UInt32.random(in: 0 ... .max)).example"
    (logbeacon, telegram) = (
      QueueName(domain: domain, sink: .logbeacon), QueueName(domain: domain, sink: .telegram)
    )
    folder = try TemporaryDirectory()
    embedded = try EmbeddedQueue(
      EmbeddedQueue.Options(
        folder: folder.path, names: [logbeacon, telegram], maxBytes: 1 << 20, deadMaxBytes: 1 << 20))
    let broker = BrokerBench.broker(url)
    var options = BrokerQueue.Options(
      names: [logbeacon, telegram], broker: broker, sinks: sinks, deliversSpooled: true)
    options.fallback = fallback
    options.fallbackAfter = .milliseconds(100)
    options.waits = BrokerBench.waits
    options.inspectionInterval = .milliseconds(50)
    queue = try BrokerQueue(
      options, access: BrokerAccess(broker, connectTimeout: .seconds(2)), embedded: embedded
    ) { _, _ in }
  }

  deinit { stop() }

  /// Waits until everything copies go through is connected.
  func waitUntilConnected(timeout: Duration = .seconds(30)) -> Bool {
    waitUntil(timeout: timeout) {
      queue.publisher.status.condition == .connected
        && [logbeacon, telegram].allSatisfy { queue.isConnected($0) }
    }
  }

  func consume(_ name: QueueName, _ probe: DeliveryProbe, prefetch: Int = 10, _ mode: ConsumeMode = .open) {
    queue.consume(name, prefetch: prefetch, mode: mode) { probe.receive($0) }
  }

  func settle(_ deliveries: some Sequence<Delivery>, _ settlement: Settlement) {
    for delivery in deliveries { queue.settle(delivery.queue, [(delivery.tag, settlement)]) }
  }

  /// Parks copies as a worker does that has split one.
  func storeLocally(_ ids: [String]) -> StoreOutcome? {
    let outcome = Monitor(StoreOutcome?.none)
    queue.storeLocally(CopyBatch(ids: ids)) { result in outcome.change { $0 = result } }
    _ = outcome.wait(timeout: .seconds(10)) { $0 != nil }
    return outcome.value
  }

  /// Call any number of times.
  func stopQueue() {
    guard advance(to: 1) else { return }
    queue.stop(deadline: Clock.monotonicNanoseconds() + 5_000_000_000)
  }

  func stop() {
    stopQueue()
    if advance(to: 2) { embedded.stop() }
  }

  private func advance(to next: Int) -> Bool {
    stage.withLock { stage in
      defer { stage = max(stage, next) }
      return stage < next
    }
  }
}
