import Core
import Platform
import Synchronization

/// Dead letters on their way to their `.dead` queues at the broker, which come to be with the first letter.
final class BrokerLetters: Sendable {
  private let publisher: Publisher
  private let declarer: BrokerDeclarer
  private let found: @Sendable (QueueName) -> Void
  /// Queues whose `.dead` queue has been seen to.
  private let ready = Mutex<Set<QueueName>>([])

  /// `found` is told of every queue that has a `.dead` queue now.
  init(_ publisher: Publisher, _ declarer: BrokerDeclarer, found: @escaping @Sendable (QueueName) -> Void) {
    self.publisher = publisher
    self.declarer = declarer
    self.found = found
  }

  /// Row by row: confirmed by the broker and not returned. A letter that is false may be there all the same.
  func send(_ letters: [DeadLetter], completion: @escaping @Sendable ([Bool]) -> Void) {
    guard publisher.status.condition == .connected else { return completion(letters.map { _ in false }) }
    let unready = ready.withLock { ready in Set(letters.map(\.queue)).subtracting(ready) }
    guard !unready.isEmpty else { return publish(letters, completion) }
    declare(Array(unready)) { _ in self.publish(letters, completion) }
  }

  /// A letter that failed for want of its queue is sent once more.
  private func publish(_ letters: [DeadLetter], _ completion: @escaping @Sendable ([Bool]) -> Void) {
    publisher.send(letters) { first in
      let failed = letters.indices.filter { !first[$0] }
      guard !failed.isEmpty, self.publisher.status.condition == .connected else { return completion(first) }
      self.declare(Array(Set(failed.map { letters[$0].queue }))) { declared in
        let again = failed.filter { declared.contains(letters[$0].queue) }
        guard !again.isEmpty else { return completion(first) }
        self.publisher.send(again.map { letters[$0] }) { second in
          var outcome = first
          for (index, isConfirmed) in zip(again, second) { outcome[index] = isConfirmed }
          completion(outcome)
        }
      }
    }
  }

  /// `completion` gets the queues whose `.dead` queue was missing and is there now.
  private func declare(_ queues: [QueueName], _ completion: @escaping @Sendable (Set<QueueName>) -> Void) {
    declarer.declare(queues.map(\.deadName)) { answers in
      var declared: Set<QueueName> = []
      for (queue, answer) in zip(queues, answers) {
        if answer == .declared { declared.insert(queue) }
        self.ready.withLock { ready in
          if answer == .missing { ready.remove(queue) } else { ready.insert(queue) }
        }
        if answer != .missing { self.found(queue) }
      }
      completion(declared)
    }
  }
}
