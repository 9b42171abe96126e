package import Core

/// A queue of copies: durable when stored, given out by `consume`, gone only when settled.
///
/// RabbitMQ and the embedded SQLite queue have this one shape, so that the worker does not know which it serves.
/// Every method may be called from any thread and returns at once; outcomes arrive on the queue's own thread.
package protocol Queue: AnyObject, Sendable {
  /// Stores every copy of `batch` for whoever consumes its queue. `completion` is called exactly once.
  func store(_ batch: CopyBatch, completion: @escaping @Sendable (StoreOutcome) -> Void)

  /// Stores every copy of `batch` where this process's own consumers get it. `completion` is called exactly once.
  func storeLocally(_ batch: CopyBatch, completion: @escaping @Sendable (StoreOutcome) -> Void)

  /// Keeps `events` for the next start, soon, and as far as a crash lets it. The claims of a batch that ``store`` has made
  /// durable are kept likewise.
  func remember(_ events: [SeenEvent])

  /// Gives out the copies of `name`, oldest first, at most `prefetch` of them unsettled at a time from each place that
  /// they come from. `receive` is called on the queue's thread and must not block. A second consumer of one name replaces
  /// the first.
  func consume(
    _ name: QueueName, prefetch: Int, mode: ConsumeMode, receive: @escaping @Sendable ([Delivery]) -> Void)

  /// Stops giving out copies of `name`; what is unsettled may still be settled.
  func cancel(_ name: QueueName)

  /// Settles delivered copies. A tag that is not outstanding is ignored.
  func settle(_ name: QueueName, _ settlements: [(tag: UInt64, settlement: Settlement)])

  /// Makes every copy parked in `lane` of `name` due now.
  func release(_ name: QueueName, lane: String)

  /// Makes the oldest copies that are parked in `lane` of `name` due now, at most `limit`. `completion` is told their tags, in
  /// order, and whether there are more, before they are given out; not at all once the queue is closed.
  func wake(
    _ name: QueueName, lane: String, limit: Int,
    completion: @escaping @Sendable (_ rows: [UInt64], _ hasMore: Bool) -> Void)

  /// The figures of `name`, as fresh as the queue keeps them.
  func figures(_ name: QueueName) -> QueueFigures

  /// How full the place is that copies go to now, from 0 to 1.
  var fill: Double { get }

  /// False while the connection that copies of `name` come over is down.
  func isConnected(_ name: QueueName) -> Bool
}

extension Queue {
  /// A queue in the process itself is always within reach.
  package func isConnected(_ name: QueueName) -> Bool { true }

  /// A queue without a limit is never full.
  package var fill: Double { 0 }

  /// Only the embedded queue has ordered lanes.
  package func wake(
    _ name: QueueName, lane: String, limit: Int, completion: @escaping @Sendable ([UInt64], Bool) -> Void
  ) {
    completion([], false)
  }

  /// A queue that ends with its process has no next start.
  package func remember(_ events: [SeenEvent]) {}
}

/// What a consumer is after.
package enum ConsumeMode: Sendable, Equatable {
  /// Whatever there is.
  case open
  /// Whatever there is; from a queue that other workers may share, fewer copies at a time while they take long to be settled,
  /// but `least`, which keep the consumer busy, and more while they take no time.
  case sharing(least: Int)
  /// One copy to try a sink with: one that was set aside before, if there is any.
  case probing
}

/// What became of a batch.
package enum StoreOutcome: Sendable, Equatable {
  /// Every copy was confirmed by the broker.
  case confirmed
  /// Every copy is fsynced in the spool or the embedded queue.
  case spooled
  /// The copies fared differently: an outcome for each row of the batch.
  case mixed([CopyOutcome])
  /// Nothing of the batch is durable.
  case unavailable(StoreFailure)

  /// Where an event's copies are, its rows in the batch being `rows`; `nil` if one of them is not durable.
  package func stored(_ rows: Range<Int>) -> StoredIn? {
    if rows.isEmpty { return StoredIn.none }
    switch self {
    case .confirmed: return .broker
    case .spooled: return .spool
    case .unavailable: return nil
    case .mixed(let outcomes):
      var stored = StoredIn.broker
      for outcome in outcomes[rows] {
        switch outcome {
        case .confirmed: break
        case .spooled: stored = .spool
        case .unavailable: return nil
        }
      }
      return stored
    }
  }

  /// Why something of it is not durable.
  package var failure: StoreFailure? {
    switch self {
    case .confirmed, .spooled: nil
    case .unavailable(let failure): failure
    case .mixed(let outcomes):
      outcomes.lazy.compactMap { if case .unavailable(let failure) = $0 { failure } else { nil } }.first
    }
  }
}

/// What became of one copy.
package enum CopyOutcome: Sendable, Equatable {
  case confirmed
  case spooled
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
  /// Of `queued`, in the spool: neither parked nor at the broker.
  package var spooled = 0
  /// Dead letters.
  package var dead = 0
  /// Body bytes of `queued`.
  package var bytes = 0

  package init() {}
}
