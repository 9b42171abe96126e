import Core
import Fakes
import Gateway
import Platform

/// A queue in memory with the manners of the real ones: oldest first, parked copies when they are due, no more unsettled
/// than the prefetch allows.
final class MemoryQueue: Queue {
  struct Row: Sendable {
    let tag: UInt64
    let name: QueueName
    let id: String
    let body: [UInt8]
    var digest: ContentDigest?
    var isReplayed = false
    var attempt = 0
    var dueAt: Int64 = 0
    /// `nil`: it was never parked.
    var lane: String?
    var storedAt = Clock.unixMilliseconds()
    var isOut = false
  }

  struct Consumer: Sendable {
    let prefetch: Int
    let mode: ConsumeMode
    let receive: @Sendable ([Delivery]) -> Void
  }

  struct State: Sendable {
    var rows: [Row] = []
    var lastTag: UInt64 = 0
    var consumers: [QueueName: Consumer] = [:]
    /// Message ids in order of settlement.
    var delivered: [String] = []
    var disabled: [String] = []
    var duplicates: [String] = []
    var returned: [String] = []
    var parked: [(id: String, parking: Parking)] = []
    var dead: [String: DeathNote] = [:]
    var stored: [CopyBatch] = []
    var consumptions: [Int] = []
    var cancellations = 0
    /// What the next health checks of `checked` find; all others find the connection up.
    var checks: [Bool] = []
    var checked = QueueName(domain: WorkerBench.domains[0], sink: .logbeacon)
    /// Stores wait in `held`.
    var isHolding = false
    var held: [@Sendable () -> Void] = []
    var isStopped = false
    /// Counts what others changed, so that the thread looks again.
    var revision = 0
  }

  let state: Monitor<State>
  private let thread: NamedThread

  init() {
    let state = Monitor(State())
    self.state = state
    thread = NamedThread("memory-queue") { Self.run(state) }
  }

  func stop() {
    state.change { $0.isStopped = true }
    thread.join()
  }

  func publish(
    _ name: QueueName, id: String, _ body: String, attempt: Int = 0, digest: ContentDigest? = nil,
    isReplayed: Bool = false, lane: String? = nil, storedAt: Int64 = Clock.unixMilliseconds()
  ) {
    state.change { state in
      state.revision += 1
      state.lastTag += 1
      state.rows.append(
        Row(
          tag: state.lastTag, name: name, id: id, body: Array(body.utf8), digest: digest, isReplayed: isReplayed,
          attempt: attempt, lane: lane, storedAt: storedAt))
    }
  }

  /// False when `condition` does not come true in time.
  func wait(timeout: Duration = .seconds(10), until condition: (State) -> Bool) -> Bool {
    state.wait(timeout: timeout, until: condition)
  }

  func store(_ batch: CopyBatch, completion: @escaping @Sendable (StoreOutcome) -> Void) {
    let isHeld = state.change { state in
      if state.isHolding { state.held.append { self.storeNow(batch, completion) } }
      return state.isHolding
    }
    if !isHeld { storeNow(batch, completion) }
  }

  private static let names = WorkerBench.domains.flatMap { domain in
    [Sink.logbeacon, .telegram].map { QueueName(domain: domain, sink: $0) }
  }

  private func storeNow(_ batch: CopyBatch, _ completion: @Sendable (StoreOutcome) -> Void) {
    state.change { state in
      state.revision += 1
      state.stored.append(batch)
      for row in batch.rows {
        state.lastTag += 1
        let id = String(decoding: batch.bytes[row.id], as: UTF8.self) + (row.audience.map { ".\($0.rawValue)" } ?? "")
        state.rows.append(
          Row(
            tag: state.lastTag, name: Self.names[row.queue.rawValue],
            id: id, body: Array(batch.bytes[row.body]), digest: ContentDigest(batch.bytes.span.extracting(row.digest))))
      }
    }
    completion(.spooled)
  }

  func storeLocally(_ batch: CopyBatch, completion: @escaping @Sendable (StoreOutcome) -> Void) {
    store(batch, completion: completion)
  }

  func consume(
    _ name: QueueName, prefetch: Int, mode: ConsumeMode, receive: @escaping @Sendable ([Delivery]) -> Void
  ) {
    state.change { state in
      state.revision += 1
      state.consumers[name] = Consumer(prefetch: prefetch, mode: mode, receive: receive)
      state.consumptions.append(prefetch)
    }
  }

  func cancel(_ name: QueueName) {
    state.change { state in
      state.consumers[name] = nil
      state.cancellations += 1
    }
  }

  func settle(_ name: QueueName, _ settlements: [(tag: UInt64, settlement: Settlement)]) {
    state.change { state in
      state.revision += 1
      for (tag, settlement) in settlements {
        guard let index = state.rows.firstIndex(where: { $0.tag == tag && $0.isOut }) else { continue }
        let id = state.rows[index].id
        switch settlement {
        case .delivered: state.delivered.append(id)
        case .disabled: state.disabled.append(id)
        case .duplicate: state.duplicates.append(id)
        case .dead(let note): state.dead[id] = note
        case .returned:
          state.returned.append(id)
          state.rows[index].isOut = false
          continue
        case .parked(let parking):
          state.parked.append((id, parking))
          state.rows[index].isOut = false
          state.rows[index].dueAt = parking.dueAt
          state.rows[index].lane = parking.lane
          state.rows[index].attempt = parking.attempt
          continue
        }
        state.rows.remove(at: index)
      }
    }
  }

  func release(_ name: QueueName, lane: String) {
    state.change { state in
      state.revision += 1
      for index in state.rows.indices where state.rows[index].name == name && state.rows[index].lane == lane {
        state.rows[index].dueAt = 0
      }
    }
  }

  /// Every parked copy is due, as after a long time.
  func makeParkedDue(_ name: QueueName) {
    state.change { state in
      state.revision += 1
      for index in state.rows.indices where state.rows[index].name == name { state.rows[index].dueAt = 0 }
    }
  }

  func figures(_ name: QueueName) -> QueueFigures {
    var figures = QueueFigures()
    figures.queued = state.value.rows.count { $0.name == name }
    return figures
  }

  func isConnected(_ name: QueueName) -> Bool {
    state.change { state in
      guard name == state.checked, !state.checks.isEmpty else { return true }
      return state.checks.removeFirst()
    }
  }

  private static func run(_ state: Monitor<State>) {
    while true {
      let seen = state.value.revision
      let now = Clock.unixMilliseconds()
      for (receive, deliveries) in state.change({ give(&$0, now) }) { receive(deliveries) }
      let due = state.value.rows.filter { !$0.isOut && $0.dueAt > now }.map(\.dueAt).min() ?? now + 1000
      _ = state.wait(timeout: .milliseconds(max(1, min(due - now, 1000)))) { $0.isStopped || $0.revision != seen }
      if state.value.isStopped { return }
    }
  }

  private static func give(
    _ state: inout State, _ now: Int64
  ) -> [(@Sendable ([Delivery]) -> Void, [Delivery])] {
    state.consumers.compactMap { name, consumer in
      let credit = consumer.prefetch - state.rows.count { $0.name == name && $0.isOut }
      guard credit > 0 else { return nil }
      let ready = state.rows.indices.filter { index in
        let row = state.rows[index]
        return row.name == name && !row.isOut && row.dueAt <= now
      }.prefix(credit)
      guard !ready.isEmpty else { return nil }
      let deliveries = ready.map { index in
        state.rows[index].isOut = true
        let row = state.rows[index]
        return Delivery(
          tag: row.tag, queue: name, messageID: row.id, attempt: row.attempt, body: row.body, digest: row.digest,
          isParked: row.lane != nil, isReplayed: row.isReplayed, lane: row.lane, storedAt: row.storedAt)
      }
      return (consumer.receive, deliveries)
    }
  }
}
