package import Core
import Synchronization

/// Makes a page later. `completion` is called exactly once, on whatever thread has the answer.
package typealias DeadPageMaker =
  @Sendable (_ order: DeadOrder, _ completion: @escaping @Sendable (Page) -> Void) -> Void

/// Where orders for dead letters are taken: they go to the embedded store, then to the broker, and come back as a page.
final class DeadDesk: Sendable {
  /// Orders under way; further ones are refused.
  static let maxOrders = 16

  private let store: EmbeddedQueue
  private let broker: BrokerQueue?
  private let names: [QueueName]
  private let orders = Atomic(0)

  /// `names` are the configured queues; `broker` is `nil` with the embedded queue alone.
  init(names: [QueueName], store: EmbeddedQueue, broker: BrokerQueue?) {
    self.names = names
    self.store = store
    self.broker = broker
  }

  /// See `DeadPageMaker`. Returns at once.
  func page(_ order: DeadOrder, _ completion: @escaping @Sendable (Page) -> Void) {
    guard orders.wrappingAdd(1, ordering: .relaxed).newValue <= Self.maxOrders else {
      orders.wrappingSubtract(1, ordering: .relaxed)
      return completion(Page(Problem(.unavailable, detail: "Too many requests for dead letters are under way.")))
    }
    carryOut(order) { answer in
      self.orders.wrappingSubtract(1, ordering: .relaxed)
      completion(Page(answer, to: order))
    }
  }

  private func carryOut(_ order: DeadOrder, _ completion: @escaping @Sendable (DeadAnswer) -> Void) {
    guard asksStore(order) else { return askBroker(order, DeadAnswer(), completion) }
    store.carryOut(order) { [self] answer in
      var answer = answer
      answer.counts = counts(order)
      guard answer.failure == nil, answer.next == nil else { return completion(answer) }
      askBroker(order, answer, completion)
    }
  }

  private func askBroker(
    _ order: DeadOrder, _ first: DeadAnswer, _ completion: @escaping @Sendable (DeadAnswer) -> Void
  ) {
    guard let broker, asksBroker(order) else { return completion(first) }
    var rest = order
    rest.limit -= order.task.changes ? first.changed : first.entries.count
    guard rest.limit > 0 else {
      var answer = first
      answer.next = .broker(queue: 0, offset: 0)
      return completion(answer)
    }
    broker.dead.carryOut(rest) { second in
      var answer = first
      answer += second
      // Health and metrics need not wait for the next round.
      if second.changed > 0 { broker.inspector.poke() }
      completion(answer)
    }
  }

  private func asksStore(_ order: DeadOrder) -> Bool {
    if case .broker = order.cursor { return false }
    guard !order.keys.isEmpty else { return order.filter.place != .broker }
    return order.keys.contains { $0.place == .spool }
  }

  private func asksBroker(_ order: DeadOrder) -> Bool {
    guard !order.keys.isEmpty else { return order.filter.place != .spool }
    return order.keys.contains { $0.place == .broker }
  }

  private func counts(_ order: DeadOrder) -> [DeadAnswer.Count] {
    let others = store.names.filter { !names.contains($0) && store.figures($0).dead > 0 }
    return (names + others).filter(order.filter.includes).map { queue in
      DeadAnswer.Count(queue: queue, place: .spool, letters: store.figures(queue).dead)
    }
  }
}
