import Core
import Fakes
import Platform
import Testing

@testable import Gateway

/// Random steps on one thread, each followed by a look at everything that the queue says of itself.
@Suite struct EmbeddedModelTests {
  static let seeds = 0..<UInt64(8)
  static let steps = 120

  @Test("whatever happens in whatever order, each copy is in one place, counted once, and comes out in the end")
  func run() throws {
    var seen: [String: Int] = [:]
    for seed in Self.seeds {
      var run = try Run(seed: seed)
      for _ in 0..<Self.steps { try run.step() }
      run.drain()
      #expect(run.model.copies.isEmpty, "seed \(seed)")
      seen.merge(run.model.seen, uniquingKeysWith: +)
    }
    for kind in ["consumer spooled", "consumer parked", "republisher spooled", "republisher parked"] {
      #expect(seen[kind] ?? 0 > 0, "no \(kind) copy was ever given out")
    }
  }

  private struct Run {
    static let queues = [EmbeddedBench.logbeacon, EmbeddedBench.telegram]
    static let prefetch = 40
    static let window = 60

    var model: EmbeddedModel
    private let bench: EmbeddedBench
    private var random: Random
    private var made = 0

    init(seed: UInt64) throws {
      model = EmbeddedModel(seed: seed)
      bench = try EmbeddedBench()
      random = Random(state: seed)
      connect(prefetch: Self.prefetch)
    }

    private func connect(prefetch: Int) {
      for queue in Self.queues { bench.consume(queue, prefetch: prefetch) }
      bench.republish(window: Self.window)
    }

    mutating func step() throws {
      let queue = random.pick(Self.queues)
      switch random.next(15) {
      case 0, 1: store(random.next(200) + 1, in: queue)
      case 2: hold(random.next(60) + 1, in: queue)
      case 3: park(random.next(20) + 1, in: queue)
      case 4: bury(in: queue)
      case 5, 6, 7: settle(some(model.out(.consumer, of: queue)))
      case 8, 9: settleRepublished(some(model.out(.republisher, of: queue) + model.out(.broker, of: queue)))
      case 10: settleRepublished(some(model.out(.consumer, of: queue)))
      case 11: assign(random.pick([.workers, .republisher, .republisher, .nobody]))
      case 12: giveBack(random.next(3) > 0, queue)
      case 13: interrupt(queue)
      default: try reopen()
      }
      observe()
    }

    // MARK: Steps

    private mutating func copies(_ count: Int, in queue: QueueName, isForeign: Bool) -> [EmbeddedModel.Copy] {
      (0..<count).map { _ in
        made += 1
        let id = queue.sink == .telegram && !isForeign ? "\(made).developer" : "\(made)"
        return EmbeddedModel.Copy(queue: queue, messageID: id, attempt: 0, isParked: isForeign, due: 0)
      }
    }

    private func batch(_ copies: [EmbeddedModel.Copy]) -> CopyBatch {
      var batch = CopyBatch()
      for copy in copies {
        let start = batch.bytes.count
        batch.bytes += Array(copy.messageID.prefix { $0 != "." }.utf8)
        let middle = batch.bytes.count
        batch.bytes += EmbeddedModel.body(copy.messageID)
        batch.rows.append(
          CopyBatch.Row(
            queue: QueueID(domain: 0, sink: copy.queue.sink), audience: copy.queue.sink == .telegram ? .developer : nil,
            id: start..<middle, body: middle..<batch.bytes.count))
      }
      return batch
    }

    private mutating func store(_ count: Int, in queue: QueueName) {
      let copies = copies(count, in: queue, isForeign: false)
      for copy in copies { model.stored(copy) }
      bench.turn(.order(.store(batch(copies)) { outcome in #expect(outcome == .spooled) }))
    }

    private mutating func hold(_ count: Int, in queue: QueueName) {
      var copies = copies(count, in: queue, isForeign: false)
      let tags = Monitor<[UInt64]>([])
      bench.turn(
        .order(
          .hold(batch(copies)) { outcome in
            if case .held(let held) = outcome { tags.change { $0 = held } }
          }))
      #expect(tags.value.count == count)
      for (index, tag) in tags.value.enumerated() {
        copies[index].holder = .broker
        copies[index].tag = tag
        model.stored(copies[index])
      }
    }

    private mutating func park(_ count: Int, in queue: QueueName) {
      var copies = copies(count, in: queue, isForeign: true)
      let now = Clock.unixMilliseconds()
      for index in copies.indices {
        copies[index].due = now + random.pick([0, 0, 5, 3_600_000])
        copies[index].attempt = random.next(5)
        model.stored(copies[index])
      }
      let again = some(model.copies.values.filter { $0.isParked && $0.queue == queue && !$0.messageID.contains(".") })
      let arrived = copies.map { foreign($0, isRedelivered: false) } + again.map { foreign($0, isRedelivered: true) }
      #expect(bench.park(arrived) == nil)
    }

    private func foreign(_ copy: EmbeddedModel.Copy, isRedelivered: Bool) -> ForeignCopy {
      ForeignCopy(
        queue: copy.queue, messageID: copy.messageID, attempt: copy.attempt, body: EmbeddedModel.body(copy.messageID),
        isRedelivered: isRedelivered, dueAt: copy.due, lane: "k")
    }

    private mutating func bury(in queue: QueueName) {
      made += 1
      let copy = EmbeddedModel.Copy(queue: queue, messageID: "\(made)", attempt: 0, isParked: true, due: 0)
      #expect(bench.bury([(foreign(copy, isRedelivered: false), Self.note)]) == nil)
      model.buried(queue)
    }

    private static let note = DeathNote(reason: .rejected, attempt: 1, lastStatus: 400, lastError: "")

    private mutating func settle(_ copies: [EmbeddedModel.Copy]) {
      let now = Clock.unixMilliseconds()
      var settlements: [(tag: UInt64, settlement: Settlement)] = []
      for copy in copies {
        let later = Parking(dueAt: now + random.pick([0, 5, 3_600_000]), lane: "k", attempt: copy.attempt + 1)
        let choices: [Settlement] = [.delivered, .delivered, .disabled, .returned, .parked(later), .dead(Self.note)]
        let settlement = random.pick(choices)
        model.settled(copy, settlement)
        settlements.append((copy.tag, settlement))
      }
      // A tag that is not out, and one that is settled twice, change nothing.
      let twice: [(tag: UInt64, settlement: Settlement)] = settlements.prefix(1).map { ($0.tag, .delivered) }
      guard let queue = copies.first?.queue else { return }
      bench.turn(.settle(queue, settlements + twice + [(UInt64.max, .delivered)]))
    }

    private mutating func settleRepublished(_ copies: [EmbeddedModel.Copy]) {
      var settlements: [(tag: UInt64, isHandedOver: Bool)] = []
      for copy in copies {
        let isHandedOver = random.next(3) > 0
        model.settledRepublished(copy, isHandedOver)
        settlements.append((copy.tag, isHandedOver))
      }
      guard let queue = copies.first?.queue else { return }
      bench.turn(.settleRepublished(queue, settlements + settlements.prefix(1)))
    }

    private mutating func assign(_ owner: SpoolOwner) {
      model.owner = owner
      bench.assign(owner)
    }

    private mutating func giveBack(_ isGivenBack: Bool, _ queue: QueueName) {
      if isGivenBack { model.givenBack.insert(queue) } else { model.givenBack.remove(queue) }
      bench.turn(.giveBackParked(isGivenBack, [queue]))
    }

    private mutating func interrupt(_ queue: QueueName) {
      if random.next(2) == 0 {
        let now = Clock.unixMilliseconds()
        bench.turn(.release(queue, lane: "k"))
        model.released(queue, at: now)
      } else {
        bench.turn(.cancel(queue))
        bench.consume(queue, prefetch: Self.prefetch)
      }
    }

    private mutating func reopen() throws {
      if random.next(2) == 0 { return bench.reopenFile() }
      observe()
      try bench.dieAndStart()
      model.restarted()
      connect(prefetch: Self.prefetch)
    }

    // MARK: Looking

    private mutating func observe() {
      for queue in Self.queues {
        for delivery in bench.consumed(queue) { model.gaveOut(delivery, to: .consumer) }
        #expect(model.out(.consumer, of: queue).count <= Self.prefetch)
      }
      for delivery in bench.republisher.take() { model.gaveOut(delivery, to: .republisher) }
      #expect(model.out(.republisher).count <= Self.window)
      for queue in Self.queues { model.check(bench.ledger(queue), bench.figures(queue), of: queue) }
    }

    /// Faults are over: the workers take all that there is.
    mutating func drain() {
      assign(.workers)
      for queue in Self.queues {
        giveBack(false, queue)
        settleRepublished(model.out(.republisher, of: queue) + model.out(.broker, of: queue))
        let now = Clock.unixMilliseconds()
        bench.turn(.release(queue, lane: "k"))
        model.released(queue, at: now)
      }
      observe()
      while !model.out(.consumer).isEmpty {
        for queue in Self.queues {
          let out = model.out(.consumer, of: queue)
          for copy in out { model.settled(copy, .delivered) }
          bench.turn(.settle(queue, out.map { ($0.tag, .delivered) }))
          observe()
        }
      }
    }

    private mutating func some(_ copies: [EmbeddedModel.Copy]) -> [EmbeddedModel.Copy] {
      let share = random.next(4)
      return copies.sorted { $0.messageID < $1.messageID }.filter { _ in random.next(4) <= share }
    }
  }

  /// Small, seeded, good enough for a test.
  private struct Random {
    var state: UInt64

    mutating func next(_ bound: Int) -> Int {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[next(elements.count)] }
  }
}
