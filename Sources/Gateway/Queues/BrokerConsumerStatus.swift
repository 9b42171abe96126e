package import Core
import Synchronization

/// What a sink's consumer says of itself, as of its last turn.
package struct BrokerConsumerStatus: Sendable, Equatable {
  package struct Queue: Sendable, Equatable {
    package let name: QueueName
    package var condition = ConsumerQueueMachine.Condition.away
    /// Given out by the broker and not settled.
    package var unsettled = 0
    /// The broker's last refusal; empty while all is well.
    package var note = ""
  }

  package var isConnected = false
  /// Unix milliseconds of the last change of `isConnected`.
  package var since: Int64
  /// The last error while not connected, without secrets.
  package var note = ""
  /// Links opened after the first.
  package var reconnects = 0
  package var queues: [Queue]

  init(_ names: [QueueName], since: Int64) {
    self.since = since
    queues = names.map { Queue(name: $0) }
  }
}

/// Where the consumer's thread writes its status and other threads read it.
final class BrokerConsumerBoard: Sendable {
  private let contents: Mutex<BrokerConsumerStatus>
  private let indices: [QueueName: Int]

  init(_ names: [QueueName], now: Int64) {
    contents = Mutex(BrokerConsumerStatus(names, since: now))
    indices = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
  }

  var status: BrokerConsumerStatus { contents.withLock { $0 } }

  func index(_ name: QueueName) -> Int? { indices[name] }

  func unsettled(_ name: QueueName) -> Int {
    guard let index = indices[name] else { return 0 }
    return contents.withLock { $0.queues[index].unsettled }
  }

  func publish(_ status: BrokerConsumerStatus) {
    contents.withLock { $0 = status }
  }
}
