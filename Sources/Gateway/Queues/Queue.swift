package import Core

/// A queue of copies: durable when stored, given out by `consume`, gone only when settled.
///
/// RabbitMQ and the embedded SQLite queue have this one shape, so that the worker does not know which it serves.
/// Every method may be called from any thread and returns at once; outcomes arrive on the queue's own thread.
package protocol Queue: AnyObject, Sendable {
  /// Stores every copy of `batch`. `completion` is called exactly once.
  func store(_ batch: CopyBatch, completion: @escaping @Sendable (StoreOutcome) -> Void)

  /// Gives out the copies of `name`, oldest first, at most `prefetch` of them unsettled at a time.
  /// `receive` is called on the queue's thread and must not block. A second consumer of one name replaces the first.
  func consume(_ name: QueueName, prefetch: Int, receive: @escaping @Sendable ([Delivery]) -> Void)

  /// Stops giving out copies of `name`; what is unsettled may still be settled.
  func cancel(_ name: QueueName)

  /// Settles delivered copies. A tag that is not outstanding is ignored.
  func settle(_ name: QueueName, _ settlements: [(tag: UInt64, settlement: Settlement)])

  /// Makes every copy parked in `lane` of `name` due now.
  func release(_ name: QueueName, lane: String)

  /// The figures of `name` as of the last commit.
  func figures(_ name: QueueName) -> QueueFigures
}

/// What became of a batch.
package enum StoreOutcome: Sendable, Equatable {
  /// Every copy is fsynced in the spool or the embedded queue.
  case spooled
  /// Nothing of the batch is durable.
  case unavailable(StoreFailure)
}

/// Why a queue could not take a batch: a closed set, fit for a metric label.
package enum StoreFailure: String, Sendable, CaseIterable {
  /// `spool.max_bytes` is reached.
  case full
  /// The disk is full.
  case diskFull = "disk_full"
  /// Writing or syncing failed.
  case unwritable
  /// The queue is shutting down.
  case closed
}

/// How much one queue holds.
package struct QueueFigures: Sendable, Equatable {
  /// Copies ready, given out or parked.
  package var queued = 0
  /// Of these, waiting for their due time.
  package var parked = 0
  /// Of these, given out and not settled.
  package var unsettled = 0
  /// Dead letters.
  package var dead = 0
  /// Body bytes of `queued`.
  package var bytes = 0

  package init() {}
}
