import Core

/// What the services make of a call.
extension World {
  mutating func answer(to call: SimulatedSinks.Call, isFaulty: Bool) -> (SendOutcome, isTaken: Bool) {
    if sinks.isDown {
      let faults: [SendOutcome.Fault] = [.sink, .silence, .message]
      return (.failed(Self.down, fault: faults[Int(random.next(3))], retryAfter: nil), false)
    }
    let fates = Set(([call.copy] + call.riders.map(\.copy)).map { ledger[$0].copy.fate })
    if fates.contains(.failing) { return (.failed(Self.down, fault: .message, retryAfter: nil), false) }
    if fates.contains(.refused) { return (.rejected(Self.bad), false) }
    guard isFaulty else { return (.delivered(proven: true), true) }
    if profile.lostAnswers, random.chance(20) { return (.failed(Self.down, fault: .silence, retryAfter: nil), true) }
    guard profile.badAnswers else { return (.delivered(proven: true), true) }
    switch random.next(20) {
    case 0: return (.failed(Self.down, fault: .message, retryAfter: Int64(random.next(5000))), false)
    case 1: return (.laneRefused(Self.unknownKey, probeAfter: 3000), false)
    case 2: return (.again(Self.unknownKey), false)
    case 3: return (.limited(Self.busy, retryAfter: Int64(random.next(9000))), false)
    case 4 where random.chance(4): return (.sinkRefused(Self.unknownKey, probeAfter: 4000), false)
    case 5: return (.delivered(proven: false), true)
    default: return (.delivered(proven: true), true)
    }
  }

  private static let down = SendFailure(status: 503, text: "503")
  private static let bad = SendFailure(status: 400, text: "400")
  private static let busy = SendFailure(status: 429, text: "429")
  private static let unknownKey = SendFailure(status: 401, text: "401")
}
