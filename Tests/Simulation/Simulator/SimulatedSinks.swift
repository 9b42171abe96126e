import Core

/// The services: they take calls, fail, limit and refuse, and watch that the published limits are kept.
struct SimulatedSinks: Sendable {
  struct Call: Sendable {
    let ticket: UInt64
    let copy: Int
    let digest: UInt64
    /// The others in its message, each with what it holds.
    let riders: [(copy: Int, digest: UInt64)]
    /// Copies that digests in it count.
    let counted: Set<Int>
    let lane: LaneID
    let kind: LaneKind
    /// Which life of the process made it; an answer reaches that one only.
    let life: Int
    /// The process gave it up: nobody reads its answer.
    var isAbandoned = false
  }

  private struct Pace: Sendable {
    var copy = -1
    var at = Int64.min / 2
    var blockedUntil = Int64.min / 2
  }

  private(set) var calls: [Call] = []
  private var paces: [LaneID: Pace] = [:]
  var isDown = false

  /// What is wrong with this call, in words; the same copy may be sent again at once when credentials were renewed.
  mutating func began(_ call: Call, now: Int64, maxInFlight: Int) -> String? {
    let open = calls.filter { $0.life == call.life && !$0.isAbandoned }
    calls.append(call)
    var pace = paces[call.lane] ?? Pace()
    defer {
      pace.copy = call.copy
      pace.at = now
      paces[call.lane] = pace
    }
    if open.count >= maxInFlight { return "more calls than allowed" }
    if open.contains(where: { $0.ticket == call.ticket }) { return "ticket \(call.ticket) was sent twice at once" }
    guard call.kind == .chat || call.kind == .ordered else { return nil }
    if open.contains(where: { $0.lane == call.lane }) { return "two calls to \(call.lane) at once" }
    if pace.copy == call.copy || call.kind == .ordered { return nil }
    if now - pace.at < 1000 { return "\(call.lane) was called too soon" }
    return now < pace.blockedUntil ? "\(call.lane) was called before its time" : nil
  }

  mutating func take(_ index: Int) -> Call { calls.remove(at: index) }

  mutating func limited(_ lane: LaneID, until: Int64) {
    paces[lane, default: Pace()].blockedUntil = until
  }

  /// The process is gone; its calls are under way all the same. Nobody remembers limits that it was told.
  mutating func callerDied() {
    paces = [:]
  }

  mutating func abandon(_ ticket: UInt64, life: Int) {
    for index in calls.indices where calls[index].ticket == ticket && calls[index].life == life {
      calls[index].isAbandoned = true
    }
  }
}
