import Core
import Gateway
import Platform
import Synchronization

/// What a consumer was given, and a way to wait for it.
final class DeliveryProbe: Sendable {
  private let received = Mutex<[Delivery]>([])
  private let wakeup: Wakeup

  init() throws { wakeup = try Wakeup() }

  func receive(_ deliveries: [Delivery]) {
    received.withLock { $0 += deliveries }
    wakeup.signal()
  }

  /// Everything received so far, once there are `count` of them or thirty seconds have passed.
  func waitFor(_ count: Int) -> [Delivery] {
    let deadline = Clock.monotonicNanoseconds() + 30_000_000_000
    while received.withLock({ $0.count }) < count, Clock.monotonicNanoseconds() < deadline {
      wakeup.wait(milliseconds: 50)
    }
    return received.withLock { $0 }
  }
}

extension Queue {
  /// Stores and waits for the outcome.
  func storeAndWait(_ batch: CopyBatch) throws -> StoreOutcome {
    let done = try Wakeup()
    let outcome = Mutex<StoreOutcome?>(nil)
    store(batch) { result in
      outcome.withLock { $0 = result }
      done.signal()
    }
    done.wait(milliseconds: 30_000)
    return outcome.withLock { $0 } ?? .unavailable(.closed)
  }
}

extension CopyBatch {
  /// One copy per id on the LogBeacon queue of the first domain.
  init(
    ids: [String], queue: QueueID = QueueID(domain: 0, sink: .logbeacon), audience: Audience? = nil, body: String = "{}"
  ) {
    self.init()
    for id in ids {
      let start = bytes.count
      bytes += Array(id.utf8)
      let middle = bytes.count
      bytes += Array(body.utf8)
      rows.append(Row(queue: queue, audience: audience, id: start..<middle, body: middle..<bytes.count))
    }
  }
}
