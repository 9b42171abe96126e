package import Core

/// What became of a batch that was to be held.
package enum HeldOutcome: Sendable, Equatable {
  /// Every copy is fsynced and counts as given out; its tag, row by row.
  case held([UInt64])
  /// Nothing of the batch is durable.
  case unavailable(StoreFailure)
}

/// The embedded queue beside a broker: the spool, and the place where a worker parks what must wait.
///
/// Every function returns at once; completions are called exactly once, on the queue's thread.
extension EmbeddedQueue {
  /// Names the owner of spooled copies; `workers` at first. Parked copies always go to the consumer of their queue, unless
  /// `giveBackParked` says otherwise.
  package func assignSpool(to owner: SpoolOwner) {
    send(.assignSpool(owner))
  }

  /// Like `store`, and every copy counts as given out to the republisher at once: its tag is still open at the broker.
  /// `settleRepublished` ends that. After a crash held copies are spooled copies like others.
  package func storeHeld(_ batch: CopyBatch, completion: @escaping @Sendable (HeldOutcome) -> Void) {
    send(.order(.hold(batch, completion)))
  }

  /// While the republisher owns the spool, gives the copies of every configured queue out to be published: oldest first within
  /// a queue, by turns between queues, at most `window` unsettled over all of them (held ones not counted). `receive` is
  /// called on the queue's thread and must not block. A second call replaces the first.
  package func republish(window: Int, receive: @escaping @Sendable ([Delivery]) -> Void) {
    send(.republish(window: window, receive: receive))
  }

  /// Whether parked copies of `names` go with the spooled ones, whatever time they wait for: to the republisher while it owns
  /// the spool, attempts kept, to nobody while nobody does. Otherwise, and while workers own the spool, they go to the
  /// consumer of their queue when they are due. What a cancelled consumer has not settled by then counts as returned.
  package func giveBackParked(_ isGivenBack: Bool, _ names: [QueueName]) {
    send(.giveBackParked(isGivenBack, names))
  }

  /// Ends copies that were given out to be published. Handed over: the broker has confirmed it, and the row is deleted and
  /// counted as republished, whoever held it. Otherwise it goes to whom spooled copies go, a second later where that is the
  /// republisher again. A tag that is not outstanding is ignored.
  package func settleRepublished(_ name: QueueName, _ settlements: [(tag: UInt64, isHandedOver: Bool)]) {
    send(.settleRepublished(name, settlements))
  }

  /// How much is spooled, as of the last commit.
  package var backlog: SpoolBacklog.Reading {
    SpoolBacklog.Reading(copies: board.spooled, fill: fill, canWrite: state.failure == nil)
  }

  /// Parks copies that came from the broker; `nil` once all of them are fsynced, else none of them is kept. One that the broker
  /// has redelivered and that is parked already (same queue, message id and body) is not stored twice.
  package func park(_ copies: [ForeignCopy], completion: @escaping @Sendable (StoreFailure?) -> Void) {
    send(.order(.park(copies, completion)))
  }

  /// Keeps copies that came from the broker as dead letters; `nil` once all of them are fsynced, else none of them is kept.
  /// `full` is `dead.max_bytes`.
  package func bury(
    _ copies: [(copy: ForeignCopy, note: DeathNote)], completion: @escaping @Sendable (StoreFailure?) -> Void
  ) {
    send(.order(.bury(copies, completion)))
  }
}
