import Core
import Synchronization

/// What other threads may see of the embedded queue: figures as of the last commit.
final class EmbeddedBoard: Sendable {
  private struct Contents {
    var state: EmbeddedQueue.State
    var names: [QueueName] = []
    var counters: [QueueName: QueueCounters] = [:]
    var unsettled: [QueueName: Int] = [:]
    var groupedOut: [QueueName: Int] = [:]
    var oldest: [QueueName: Int64] = [:]
  }

  private let contents: Mutex<Contents>
  /// Live bytes in thousandths of `spool.max_bytes`.
  private let thousandths = Atomic(0)

  init(now: Int64) {
    contents = Mutex(Contents(state: EmbeddedQueue.State(failure: .closed, since: now)))
  }

  var state: EmbeddedQueue.State { contents.withLock { $0.state } }
  var names: [QueueName] { contents.withLock { $0.names } }

  func figures(_ name: QueueName) -> QueueFigures {
    contents.withLock { contents in
      var figures = QueueFigures()
      guard let counters = contents.counters[name] else { return figures }
      figures.queued = Int(counters.queued)
      figures.parked = Int(counters.parked)
      figures.spooled = figures.queued - figures.parked
      figures.unsettled = contents.unsettled[name] ?? 0
      figures.dead = Int(counters.dead)
      figures.bytes = Int(counters.bytes)
      return figures
    }
  }

  /// Copies of all queues that are not parked.
  var spooled: Int {
    contents.withLock { contents in contents.counters.values.reduce(0) { $0 + Int($1.queued - $1.parked) } }
  }

  /// One queue's ledger; `nil` for a queue that the file does not have.
  func ledger(_ name: QueueName) -> QueueLedger? {
    contents.withLock { contents in
      contents.counters[name].map {
        QueueLedger($0, unsettled: contents.unsettled[name] ?? 0, groupedOut: contents.groupedOut[name] ?? 0)
      }
    }
  }

  /// Arrival of the oldest copy of all, Unix milliseconds.
  var oldest: Int64? { contents.withLock { $0.oldest.values.min() } }

  func update(_ body: (inout EmbeddedQueue.State) -> Void) {
    contents.withLock { body(&$0.state) }
  }

  /// Live bytes as a part of `spool.max_bytes`.
  var fill: Double { Double(thousandths.load(ordering: .relaxed)) / 1000 }

  func filled(_ live: Int64, of limit: Int64) {
    thousandths.store(Int(1000 * Double(live) / Double(max(1, limit))), ordering: .relaxed)
  }

  func opened(_ names: [QueueName]) {
    contents.withLock { $0.names = names }
  }

  func counted(
    _ figures: [(name: QueueName, counters: QueueCounters, unsettled: Int, groupedOut: Int, oldest: Int64?)]
  ) {
    contents.withLock { contents in
      for figure in figures {
        contents.counters[figure.name] = figure.counters
        contents.unsettled[figure.name] = figure.unsettled
        contents.groupedOut[figure.name] = figure.groupedOut
        contents.oldest[figure.name] = figure.oldest
      }
    }
  }
}
