import Core
import Testing

@Suite("DeliveryMachine: chats")
struct DeliveryMachinePacingTests {
  @Test("a chat gets one call a second: the next waits, later ones are parked in order until their turn")
  func pacing() {
    var script = MachineScript()
    let start = script.now
    #expect(
      script.deliver(4, kind: .chat) == [
        .parked(3, until: script.unix(start + 2000)), .parked(4, until: script.unix(start + 3000)),
        .send(ticket: 1),
      ])
    #expect(script.complete(1, .done) == [.settle(ticket: 1, .delivered)])
    #expect(script.machine.nextDeadline == start + 1000)
    #expect(script.pass(1000) == [.send(ticket: 2)])
    _ = script.complete(2, .done)
    script.now = start + 2000
    // A copy whose turn was called stands before one that is new.
    #expect(script.deliver(kind: .chat) == [.parked(5, until: script.unix(start + 4000))])
    #expect(script.deliver(kind: .chat, id: "m3") == [.send(ticket: 6)])
  }

  @Test("an open lane takes many calls at once before any got through; after a 429 no further one until it is over")
  func open() {
    var script = MachineScript(maxAttempts: 1)
    let start = script.now
    #expect(script.deliver(3, kind: .open) == [.send(ticket: 1), .send(ticket: 2), .send(ticket: 3)])
    let parked = script.unix(start + 30_000)
    #expect(script.complete(1, .limited(.busy, retryAfter: 30_000)) == [.parked(1, until: parked)])
    #expect(script.complete(2, .done) == [.settle(ticket: 2, .delivered)])
    #expect(script.deliver(kind: .open) == [.parked(4, until: parked)])
    script.now = start + 30_000
    #expect(script.deliver(2, kind: .open) == [.send(ticket: 5), .send(ticket: 6)])
  }

  @Test("a group gets twenty calls a minute")
  func groups() {
    var script = MachineScript()
    var sent: [Int64] = []
    var turns: [Int64: String] = [:]
    for number in 0..<45 {
      for action in script.deliver(kind: .group, id: "g\(number)") {
        if case .settle(_, .parked(let parking)) = action { turns[parking.dueAt - 1_000_000] = "g\(number)" }
        if case .send(let ticket) = action {
          sent.append(script.now)
          _ = script.complete(ticket, .done)
        }
      }
    }
    for _ in 0..<200 where sent.count < 45 {
      script.now = min(turns.keys.min() ?? .max, script.machine.nextDeadline ?? .max)
      var actions = script.machine.timePassed(script.moment)
      if let id = turns.removeValue(forKey: script.now) { actions += script.deliver(kind: .group, id: id) }
      for case .send(let ticket) in actions {
        sent.append(script.now)
        _ = script.complete(ticket, .done)
      }
    }
    #expect(sent.count == 45)
    for first in sent.indices.dropLast(20) { #expect(sent[first + 20] - sent[first] >= 60_000) }
    for first in sent.indices.dropLast(1) { #expect(sent[first + 1] - sent[first] >= 1000) }
    #expect(sent[44] - sent[0] <= 130_000)
  }

  @Test("a 429 is no attempt, and nobody calls that chat until it is over")
  func limited() {
    var script = MachineScript(maxAttempts: 1)
    let start = script.now
    _ = script.deliver(2, kind: .chat)
    #expect(
      script.complete(1, .limited(.busy, retryAfter: 30_000)) == [
        .parked(1, until: script.unix(start + 30_000)), .parked(2, until: script.unix(start + 31_000)),
      ])
    _ = script.pass(10_000)
    #expect(script.deliver(kind: .chat) == [.parked(3, until: script.unix(start + 31_000))])
    #expect(script.deliver(lane: "b", kind: .chat) == [.send(ticket: 4)])
    script.now = start + 30_000
    #expect(script.deliver(kind: .chat, id: "m1") == [.send(ticket: 5)])
  }

  @Test("two chats limited within five seconds mean the bot: all of its chats wait")
  func botLimited() {
    var script = MachineScript()
    _ = script.deliver(lane: "a", kind: .chat)
    _ = script.deliver(lane: "b", kind: .chat)
    _ = script.deliver(lane: "c", kind: .chat)
    _ = script.complete(3, .done)
    _ = script.complete(1, .limited(.busy, retryAfter: 10_000))
    _ = script.pass(4000)
    _ = script.complete(2, .limited(.busy, retryAfter: 20_000))
    let actions = script.deliver(lane: "c", kind: .chat)
    #expect(actions == [.parked(4, until: script.unix(script.now + 20_000), lane: "c")])
    #expect(script.deliver(lane: "d", kind: .chat, scope: "another") == [.send(ticket: 5)])
  }

  @Test("a bot makes thirty calls a second over all of its chats, as the service counts them")
  func botPace() {
    var script = MachineScript(maxInFlight: 100)
    var sent = 0
    for chat in 0..<70 {
      sent += script.deliver(lane: "c\(chat)", kind: .chat).count { $0 == .send(ticket: script.lastTicket) }
    }
    #expect(sent == 30)
    // Half of them are answered after 200 ms: nobody knows when they arrived, so the next follow a second later.
    script.now += 200
    for ticket in 1...15 { _ = script.complete(UInt64(ticket), .done) }
    let isSent = { (actions: [DeliveryAction]) in actions.count { if case .send = $0 { true } else { false } } }
    #expect(isSent(script.pass(999)) == 0)
    #expect(isSent(script.pass(1)) == 15)
    // Calls that hang hold no turn for longer than they may be on their way.
    #expect(isSent(script.pass(DeliveryMachine.longestTransit - 201)) == 0)
    #expect(isSent(script.pass(1)) == 15)
  }
}
