import Synchronization

/// Every event of a run: what its client was answered, and how often each service took it. A few bytes an event.
final class TortureLedger: Sendable {
  enum Answer: UInt8, Sendable {
    /// Sent, and no answer yet, or none ever.
    case none
    case accepted
    case refused
  }

  enum Route: Int, CaseIterable, Sendable { case logbeacon, developer, customer }

  private struct Entry {
    var answer = Answer.none
    var taken: (UInt8, UInt8, UInt8) = (0, 0, 0)

    subscript(_ route: Route) -> UInt8 {
      get {
        switch route {
        case .logbeacon: taken.0
        case .developer: taken.1
        case .customer: taken.2
        }
      }
      set {
        switch route {
        case .logbeacon: taken.0 = newValue
        case .developer: taken.1 = newValue
        case .customer: taken.2 = newValue
        }
      }
    }
  }

  private struct State {
    var entries: [[Entry]]
    /// Copies accepted and not delivered yet; poison is not waited for.
    var owed = 0
    var duplicates = 0
    var altered: [String] = []
    var spurious: [String] = []
    var statuses: [Int: Int] = [:]
  }

  /// The figures of a run.
  struct Balance: Sendable {
    var sent = 0
    var accepted = 0
    var refused = 0
    var unanswered = 0
    var delivered = 0
    var duplicates = 0
    /// Accepted, and some copy of it at no service; poison excepted.
    var missing: [String] = []
    var spurious: [String] = []
    var altered: [String] = []
    /// Poison that was accepted: each must be a dead letter.
    var acceptedPoison = 0
    var sentPoison = 0
    var statuses: [Int: Int] = [:]
  }

  let seed: UInt64
  private let state: Mutex<State>

  init(seed: UInt64, clients: Int) {
    self.seed = seed
    state = Mutex(State(entries: Array(repeating: [], count: clients)))
  }

  /// The next event of `client`; from now on it may be delivered.
  func begin(_ client: Int) -> TortureEvent {
    state.withLock { state in
      state.entries[client].append(Entry())
      return TortureEvent(seed: seed, client: client, number: state.entries[client].count - 1)
    }
  }

  func answered(_ event: TortureEvent, status: Int) {
    state.withLock { state in
      state.statuses[status, default: 0] += 1
      state.entries[event.client][event.number].answer = status == 202 ? .accepted : .refused
      guard status == 202, !event.isPoison else { return }
      let entry = state.entries[event.client][event.number]
      for route in Self.routes(of: event) where entry[route] == 0 { state.owed += 1 }
    }
  }

  /// A service took `id`; `isIntact` tells whether it is what its client sent.
  func delivered(_ id: String, by route: Route, isIntact: (TortureEvent) -> Bool) {
    guard let event = TortureEvent(seed: seed, id: id), isKnown(event) else {
      return state.withLock { $0.spurious.append("\(route) \(id)") }
    }
    let isIntact = isIntact(event)
    state.withLock { state in
      if !isIntact { state.altered.append("\(route) \(id)") }
      let before = state.entries[event.client][event.number][route]
      state.entries[event.client][event.number][route] = min(before, 254) + 1
      if before > 0 {
        state.duplicates += 1
      } else if state.entries[event.client][event.number].answer == .accepted {
        state.owed -= 1
      }
    }
  }

  /// Accepted copies that no service has yet.
  var owed: Int { state.withLock { $0.owed } }
  var accepted: Int { state.withLock { $0.statuses[202] ?? 0 } }
  /// An answer was not 202.
  var hasOtherAnswers: Bool { state.withLock { $0.statuses.count > ($0.statuses[202] == nil ? 0 : 1) } }

  var balance: Balance {
    state.withLock { state in
      var balance = Balance()
      balance.duplicates = state.duplicates
      balance.altered = state.altered
      balance.spurious = state.spurious
      balance.statuses = state.statuses
      for (client, entries) in state.entries.enumerated() {
        for (number, entry) in entries.enumerated() {
          let event = TortureEvent(seed: seed, client: client, number: number)
          Self.count(event, entry, in: &balance)
        }
      }
      return balance
    }
  }

  private static func count(_ event: TortureEvent, _ entry: Entry, in balance: inout Balance) {
    balance.sent += 1
    if event.isPoison { balance.sentPoison += 1 }
    for route in Route.allCases where entry[route] > 0 { balance.delivered += 1 }
    switch entry.answer {
    case .none: balance.unanswered += 1
    case .refused: balance.refused += 1
    case .accepted:
      balance.accepted += 1
      if event.isPoison {
        balance.acceptedPoison += 1
      } else {
        for route in routes(of: event) where entry[route] == 0 { balance.missing.append("\(route) \(event.id)") }
      }
    }
  }

  private static func routes(of event: TortureEvent) -> [Route] {
    event.isForAll ? Route.allCases : [.logbeacon]
  }

  private func isKnown(_ event: TortureEvent) -> Bool {
    state.withLock { state in
      state.entries.indices.contains(event.client) && state.entries[event.client].indices.contains(event.number)
    }
  }
}
