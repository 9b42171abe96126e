import AMQP
package import Core
import Platform
import Synchronization

/// Asks the broker every few seconds how long the queues are and who consumes them, on a connection of its own.
///
/// A main queue that is missing is declared again. A `.dead` queue is asked for while it exists; whether one has come to be
/// is looked at only now and then, since each question for a missing queue is an error in the broker's log.
package final class BrokerInspector: Sendable {
  package struct Options: Sendable {
    package var names: [QueueName]
    package var broker: Settings.Broker
    /// Time between two rounds.
    package var interval = Duration.seconds(5)
    /// Time between two looks for `.dead` queues that did not exist.
    package var searchInterval = Duration.seconds(300)

    package init(names: [QueueName], broker: Settings.Broker) {
      self.names = names
      self.broker = broker
    }
  }

  /// What is known of one queue, as of the last round in which the broker answered.
  package struct Depth: Sendable, Equatable {
    /// Ready; what consumers hold unacked does not count.
    package var messages = 0
    package var consumers = 0
    /// Of its `.dead` queue.
    package var dead = 0
    /// Since when messages wait and nobody consumes; monotonic nanoseconds.
    package var unconsumedSince: UInt64?
  }

  private let board: BrokerDepths
  private let thread: BrokerThread

  /// Starts the thread; the broker need not be there.
  init(_ options: Options, _ access: BrokerAccess, _ declarer: BrokerDeclarer) throws(SystemError) {
    let thread = try BrokerThread()
    let board = BrokerDepths(options.names)
    self.thread = thread
    self.board = board
    thread.start("amqp-inspect") { thread in
      BrokerInspectorLoop(options, access, declarer, board, thread).run()
    }
  }

  package func depth(_ name: QueueName) -> Depth { board.depth(name) }

  /// A round begins at once.
  package func poke() {
    board.poke()
    thread.wakeup.signal()
  }

  /// A dead letter was published: its queue exists.
  func foundDead(_ name: QueueName) {
    board.foundDead(name)
  }

  /// Ends the thread. Call once.
  func stop(deadline: UInt64) {
    thread.interrupt()
    _ = thread.join(until: deadline)
  }
}

/// What the inspector has found, for other threads.
final class BrokerDepths: Sendable {
  private struct Contents {
    var depths: [QueueName: BrokerInspector.Depth] = [:]
    var deadQueues: Set<QueueName> = []
  }

  private let contents = Mutex(Contents())
  private let isPoked = Atomic(false)

  init(_ names: [QueueName]) {
    contents.withLock { for name in names { $0.depths[name] = BrokerInspector.Depth() } }
  }

  func depth(_ name: QueueName) -> BrokerInspector.Depth {
    contents.withLock { $0.depths[name] } ?? BrokerInspector.Depth()
  }

  func poke() {
    isPoked.store(true, ordering: .sequentiallyConsistent)
  }

  func takePoke() -> Bool {
    isPoked.exchange(false, ordering: .sequentiallyConsistent)
  }

  func hasDead(_ name: QueueName) -> Bool {
    contents.withLock { $0.deadQueues.contains(name) }
  }

  func foundDead(_ name: QueueName) {
    contents.withLock { _ = $0.deadQueues.insert(name) }
  }

  func counted(_ name: QueueName, messages: Int, consumers: Int, at now: UInt64) {
    contents.withLock { contents in
      var depth = contents.depths[name] ?? BrokerInspector.Depth()
      depth.messages = messages
      depth.consumers = consumers
      depth.unconsumedSince = messages > 0 && consumers == 0 ? depth.unconsumedSince ?? now : nil
      contents.depths[name] = depth
    }
  }

  /// `nil`: there is no such queue.
  func countedDead(_ name: QueueName, _ messages: Int?) {
    contents.withLock { contents in
      contents.depths[name]?.dead = messages ?? 0
      if messages == nil { contents.deadQueues.remove(name) } else { contents.deadQueues.insert(name) }
    }
  }

  /// Nobody knows who consumes while the broker is away.
  func linkLost() {
    contents.withLock { contents in
      for name in contents.depths.keys { contents.depths[name]?.unconsumedSince = nil }
    }
  }
}
