import Core

/// Copies that are to be made durable, and who is told what became of them.
enum EmbeddedOrder: Sendable {
  case store(CopyBatch, @Sendable (StoreOutcome) -> Void)
  case hold(CopyBatch, @Sendable (HeldOutcome) -> Void)
  case park([ForeignCopy], @Sendable (StoreFailure?) -> Void)
  case bury([(copy: ForeignCopy, note: DeathNote)], @Sendable (StoreFailure?) -> Void)

  /// How many rows a transaction gets from it.
  var copies: Int {
    switch self {
    case .store(let batch, _), .hold(let batch, _): batch.rows.count
    case .park(let copies, _): copies.count
    case .bury(let copies, _): copies.count
    }
  }

  /// What it adds below `spool.max_bytes`; dead letters have a limit of their own.
  var spoolBytes: Int {
    switch self {
    case .store(let batch, _), .hold(let batch, _): batch.bytes.count
    case .park(let copies, _): copies.reduce(0) { $0 + $1.body.count }
    case .bury: 0
    }
  }

  /// Queues of copies that came from the broker, named by others than our own configuration.
  var foreignQueues: [QueueName] {
    switch self {
    case .store, .hold: []
    case .park(let copies, _): copies.map(\.queue)
    case .bury(let copies, _): copies.map(\.copy.queue)
    }
  }

  var isBurial: Bool {
    if case .bury = self { true } else { false }
  }

  func refuse(_ failure: StoreFailure) {
    switch self {
    case .store(_, let completion): completion(.unavailable(failure))
    case .hold(_, let completion): completion(.unavailable(failure))
    case .park(_, let completion), .bury(_, let completion): completion(failure)
    }
  }
}
