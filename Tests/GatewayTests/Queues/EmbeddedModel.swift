import Core
import Platform
import Testing

@testable import Gateway

/// What the embedded queue has to hold and to give out, as far as an observer of its answers can tell.
struct EmbeddedModel {
  enum Holder: Equatable {
    case consumer
    case republisher
    case broker
  }

  struct Copy {
    let queue: QueueName
    let messageID: String
    var attempt: Int
    var isParked: Bool
    /// Unix milliseconds, for a parked copy.
    var due: Int64
    var holder: Holder?
    var tag: UInt64 = 0
  }

  struct Totals: Equatable {
    var stored = 0
    var delivered = 0
    var disabled = 0
    var dead = 0
    var republished = 0
  }

  /// What makes the run another one.
  let seed: UInt64
  /// By message id: what was stored and is neither settled for good nor buried.
  private(set) var copies: [String: Copy] = [:]
  private(set) var totals: [QueueName: Totals] = [:]
  /// How often each thing was seen, so that a run which proves nothing is noticed.
  private(set) var seen: [String: Int] = [:]
  var owner = SpoolOwner.workers
  var givenBack: Set<QueueName> = []

  init(seed: UInt64) { self.seed = seed }

  mutating func stored(_ copy: Copy) {
    copies[copy.messageID] = copy
    totals[copy.queue, default: Totals()].stored += 1
  }

  mutating func buried(_ queue: QueueName) {
    totals[queue, default: Totals()].stored += 1
    totals[queue, default: Totals()].dead += 1
  }

  /// Everything that was out comes again: the process is another one.
  mutating func restarted() {
    for id in copies.keys {
      copies[id]?.holder = nil
      copies[id]?.tag = 0
    }
    owner = .workers
    givenBack = []
  }

  mutating func released(_ queue: QueueName, at now: Int64) {
    for (id, copy) in copies where copy.queue == queue && copy.isParked { copies[id]?.due = min(copy.due, now) }
  }

  func out(_ holder: Holder, of queue: QueueName? = nil) -> [Copy] {
    copies.values.filter { $0.holder == holder && (queue == nil || $0.queue == queue) }
      .sorted { $0.messageID < $1.messageID }
  }

  /// Checks a delivery against what its receiver may get, and notes it.
  mutating func gaveOut(_ delivery: Delivery, to holder: Holder) {
    guard let copy = copies[delivery.messageID] else {
      Issue.record("\(delivery.messageID) is given out and is not there (seed \(seed))")
      return
    }
    seen["\(holder) \(copy.isParked ? "parked" : "spooled")", default: 0] += 1
    #expect(copy.holder == nil, "\(copy.messageID) is given out twice (seed \(seed))")
    #expect(delivery.queue == copy.queue, "seed \(seed)")
    #expect(delivery.isParked == copy.isParked, "seed \(seed)")
    #expect(delivery.attempt == copy.attempt, "seed \(seed)")
    #expect(delivery.body == EmbeddedModel.body(copy.messageID), "seed \(seed)")
    switch holder {
    case .consumer:
      if copy.isParked {
        #expect(owner == .workers || !givenBack.contains(copy.queue), "seed \(seed)")
        #expect(copy.due <= Clock.unixMilliseconds(), "\(copy.messageID) is given out before its time (seed \(seed))")
      } else {
        #expect(owner == .workers, "seed \(seed)")
      }
    case .republisher:
      #expect(owner == .republisher && (!copy.isParked || givenBack.contains(copy.queue)), "seed \(seed)")
    case .broker: Issue.record("nobody gives a held copy out")
    }
    copies[delivery.messageID]?.holder = holder
    copies[delivery.messageID]?.tag = delivery.tag
  }

  mutating func settled(_ copy: Copy, _ settlement: Settlement) {
    switch settlement {
    case .delivered, .duplicate: leave(copy) { $0.delivered += 1 }
    case .disabled: leave(copy) { $0.disabled += 1 }
    case .dead: leave(copy) { $0.dead += 1 }
    case .returned: copies[copy.messageID]?.holder = nil
    case .parked(let parking):
      copies[copy.messageID]?.holder = nil
      copies[copy.messageID]?.isParked = true
      copies[copy.messageID]?.attempt = parking.attempt
      copies[copy.messageID]?.due = parking.dueAt
    }
  }

  mutating func settledRepublished(_ copy: Copy, _ isHandedOver: Bool) {
    if isHandedOver { leave(copy) { $0.republished += 1 } } else { copies[copy.messageID]?.holder = nil }
  }

  private mutating func leave(_ copy: Copy, _ count: (inout Totals) -> Void) {
    copies[copy.messageID] = nil
    count(&totals[copy.queue, default: Totals()])
  }

  /// Every figure is what was answered for.
  func check(_ ledger: QueueLedger?, _ figures: QueueFigures, of queue: QueueName) {
    guard let ledger else {
      Issue.record("\(queue) has no ledger (seed \(seed))")
      return
    }
    let here = copies.values.filter { $0.queue == queue }
    let unsettled = here.filter { $0.holder != nil }.count
    let expected = totals[queue] ?? Totals()
    #expect(ledger.isBalanced, "seed \(seed)")
    #expect(
      Totals(
        stored: ledger.stored, delivered: ledger.delivered, disabled: ledger.disabled, dead: ledger.dead,
        republished: ledger.republished) == expected, "seed \(seed)")
    #expect((ledger.unsettled, ledger.waiting) == (unsettled, here.count - unsettled), "seed \(seed)")
    #expect(figures.parked == here.filter(\.isParked).count, "seed \(seed)")
    #expect(figures.spooled == here.count - figures.parked, "seed \(seed)")
  }

  static func body(_ messageID: String) -> [UInt8] { Array("{\"m\":\"\(messageID)\"}".utf8) }
}
