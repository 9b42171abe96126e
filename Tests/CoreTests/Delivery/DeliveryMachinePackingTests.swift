import Core
import Testing

@Suite("DeliveryMachine: packing what waits long for a chat")
struct DeliveryMachinePackingTests {
  private var script = MachineScript()
  private var ticket: UInt64 = 1000

  /// Copies that began to wait `age` milliseconds ago.
  private mutating func deliver(_ count: Int, age: Int64, kind: UInt8 = 1, queue: Int = 0) -> [DeliveryAction] {
    var copies: [HeldCopy] = []
    for _ in 0..<count {
      ticket += 1
      copies.append(
        HeldCopy(
          ticket: ticket, queue: queue, messageID: "p\(ticket)", attempt: 0,
          lane: LaneID(scope: "s", name: "g"), kind: .group,
          packing: Packing(kind: kind, since: script.unix(script.now) - age)))
    }
    return script.machine.delivered(copies, now: script.moment)
  }

  private func parkings(_ actions: [DeliveryAction]) -> [(ticket: UInt64, parking: Parking)] {
    actions.compactMap { if case .settle(let ticket, .parked(let parking)) = $0 { (ticket, parking) } else { nil } }
  }

  @Test("young copies are messages of their own")
  mutating func young() {
    #expect(deliver(1, age: 0) == [.send(ticket: 1001)])
  }

  @Test("a thousand copies are promised turns within minutes: those that would wait for two share theirs")
  mutating func thousand() {
    let parked = parkings(deliver(1000, age: 0))
    #expect(parked.count >= 990)
    let turns = Dictionary(grouping: parked, by: \.parking.dueAt)
    #expect(turns.values.allSatisfy { $0.count <= Packing.maxCopies })
    let last = (turns.keys.max() ?? .max) - script.unix(script.now)
    #expect(last < 360_000, "the last one waits \(last / 1000) s")
    // In order of age.
    #expect(parked.map(\.parking.dueAt) == parked.map(\.parking.dueAt).sorted())
  }

  @Test("the oldest goes with those behind it, as far as one message takes; all share its end")
  mutating func packed() {
    let actions = deliver(3, age: Packing.age)
    #expect(actions == [.sendPacked([1001, 1002, 1003])])
    let ended = script.complete(1001, .done)
    #expect(ended == (1001...1003).map { .settle(ticket: $0, .delivered) })
  }

  @Test("copies of another audience do not ride along")
  mutating func kinds() {
    #expect(deliver(1, age: Packing.age, kind: 1) == [.send(ticket: 1001)])
    let waiting = deliver(1, age: Packing.age, kind: 2)
    #expect(waiting.contains { if case .sendPacked = $0 { true } else { false } } == false)
  }

  @Test("a refused message is taken apart: nobody is buried for another, and each is sent alone")
  mutating func takenApart() {
    _ = deliver(3, age: Packing.age)
    let apart = parkings(script.complete(1001, .rejected(.bad)))
    #expect(apart.map(\.ticket) == [1001, 1002, 1003])
    #expect(Set(apart.map(\.parking.dueAt)).count == 3)
    script.now += 10_000
    var copies: [HeldCopy] = []
    for number in 1...2 {
      copies.append(
        HeldCopy(
          ticket: UInt64(2000 + number), queue: 0, messageID: "p\(1000 + number)", attempt: 0,
          lane: LaneID(scope: "s", name: "g"), kind: .group, packing: Packing(kind: 1, since: 0)))
    }
    #expect(script.machine.delivered(copies, now: script.moment).first == .send(ticket: 2001))
    #expect(
      script.complete(2001, .rejected(.bad)).contains { if case .settle(2001, .dead) = $0 { true } else { false } })
  }

  @Test("a failure is an attempt of each copy; a 429 is none, and they come back together")
  mutating func failures() {
    _ = deliver(3, age: Packing.age)
    let failed = parkings(script.complete(1001, .down))
    #expect(failed.map(\.parking.attempt) == [1, 1, 1])
    script.now += 60_000
    _ = deliver(3, age: Packing.age)
    let limited = parkings(script.complete(1004, .limited(.busy, retryAfter: 5000)))
    #expect(limited.map(\.parking.attempt) == [0, 0, 0] && Set(limited.map(\.parking.dueAt)).count == 1)
  }

  @Test("new credentials send the whole message once more; a refused chat parks all of it")
  mutating func credentials() {
    _ = deliver(2, age: Packing.age)
    #expect(script.complete(1001, .again(.refused)) == [.sendPacked([1001, 1002])])
    let paused = parkings(script.complete(1001, .laneRefused(.refused, probeAfter: 600_000)))
    #expect(paused.count == 2)
  }

  @Test("what is cut off by ourselves goes back, all of it")
  mutating func abandoned() {
    _ = deliver(2, age: Packing.age)
    _ = script.machine.stopped()
    #expect(script.machine.abandoned(1001) == [.settle(ticket: 1001, .returned), .settle(ticket: 1002, .returned)])
  }
}
