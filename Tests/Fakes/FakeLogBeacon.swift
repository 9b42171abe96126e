/// The LogBeacon API: records events by `Idempotency-Key`, checks and renews API keys, fails as told.
package final class FakeLogBeacon: Sendable {
  /// Whose key it is.
  package struct Pair: Sendable, Hashable {
    package let domain: String
    package let program: String
    package init(domain: String, program: String) {
      self.domain = domain
      self.program = program
    }
  }

  /// One call and what was answered.
  package struct Call: Sendable {
    /// The `Idempotency-Key`, empty when there was none.
    package let id: String
    /// The `X-API-Key`, `nil` when there was none.
    package let key: String?
    package let pair: Pair
    /// `.null` when the body was not JSON.
    package let event: JSONValue
    package let request: RecordedRequest
    package let status: Int
    /// Counted as delivered: a 2xx, or a script that takes the event and loses the answer.
    package let isAccepted: Bool
  }

  /// Where a new key stands in an answer.
  package enum KeyPlace: Sendable {
    /// The header `X-New-API-Key`.
    case header
    /// A member of a JSON body; `data.api_key` is a member of a member.
    case field(String)
  }

  /// How to answer in place of a 200.
  package struct Failure: Sendable {
    package var response: FakeResponse
    /// The event counts as accepted although the client does not learn it.
    package var takesEvent = false
    package init(_ response: FakeResponse, takesEvent: Bool = false) {
      self.response = response
      self.takesEvent = takesEvent
    }
  }

  struct Renewal: Sendable {
    let key: String
    let place: KeyPlace
    let onUnauthorized: Bool
  }

  struct State: Sendable {
    var calls: [Call] = []
    var acceptedCount = 0
    var keys: [Pair: String] = [:]
    var commonKey: String?
    var renewals: [Pair: Renewal] = [:]
    var failures: [Failure] = []
    var rule: (@Sendable (Call) -> Failure?)?
  }

  package let server: FakeHTTPServer
  private let state = Monitor(State())

  package init(port: UInt16 = 0) throws {
    let state = self.state
    server = try FakeHTTPServer(port: port) { request in state.change { Self.answer(request, &$0) } }
  }

  package var url: String { "\(server.url)/log/" }

  /// Every call, in order of arrival.
  package var calls: [Call] { state.value.calls }
  /// Calls that were accepted; an id that comes twice is here twice.
  package var accepted: [Call] { state.value.calls.filter(\.isAccepted) }
  package var acceptedIDs: Set<String> { Set(accepted.map(\.id)) }
  /// Ids accepted more than once.
  package var duplicateIDs: Set<String> {
    Set(Dictionary(grouping: accepted, by: \.id).filter { $1.count > 1 }.keys)
  }

  /// False when fewer than `count` calls are accepted within `timeout`.
  package func waitForAccepted(_ count: Int, timeout: Duration = .seconds(10)) -> Bool {
    state.wait(timeout: timeout) { $0.acceptedCount >= count }
  }

  /// False when fewer than `count` calls arrive within `timeout`.
  package func waitForCalls(_ count: Int, timeout: Duration = .seconds(10)) -> Bool {
    state.wait(timeout: timeout) { $0.calls.count >= count }
  }

  /// From now on other keys get a 401; `pair` `nil` is everyone who has no key of their own, `key` `nil` takes any.
  package func requireKey(_ key: String?, of pair: Pair? = nil) {
    state.change { if let pair { $0.keys[pair] = key } else { $0.commonKey = key } }
  }

  /// Hands `pair` a new key once and takes only that afterwards: with its next accepted call, or, if `onUnauthorized`,
  /// by refusing its next call with 401.
  package func renewKey(_ key: String, of pair: Pair, in place: KeyPlace = .header, onUnauthorized: Bool = false) {
    state.change { $0.renewals[pair] = Renewal(key: key, place: place, onUnauthorized: onUnauthorized) }
  }

  /// The next `count` calls fail, before keys are looked at.
  package func failNext(_ count: Int = 1, with failure: Failure) {
    state.change { $0.failures += Array(repeating: failure, count: count) }
  }

  /// Calls fail as `rule` says, until it is replaced. It sees the call as if it were accepted.
  package func fail(_ rule: (@Sendable (Call) -> Failure?)?) {
    state.change { $0.rule = rule }
  }

  package func stop() { server.stop() }
}

extension FakeLogBeacon {
  private static func answer(_ request: RecordedRequest, _ state: inout State) -> FakeResponse {
    let event = request.json ?? .null
    let pair = Pair(
      domain: event["domain"]?.string ?? "", program: event["program_name"]?.string ?? "")

    func record(_ response: FakeResponse, isAccepted: Bool) -> FakeResponse {
      state.calls.append(call(response.status, isAccepted: isAccepted))
      if isAccepted { state.acceptedCount += 1 }
      return response
    }
    func call(_ status: Int, isAccepted: Bool) -> Call {
      Call(
        id: request.headers["idempotency-key"] ?? "", key: request.headers["x-api-key"], pair: pair, event: event,
        request: request, status: status, isAccepted: isAccepted)
    }

    if !state.failures.isEmpty {
      let failure = state.failures.removeFirst()
      return record(failure.response, isAccepted: failure.takesEvent)
    }
    if let failure = state.rule?(call(200, isAccepted: true)) {
      return record(failure.response, isAccepted: failure.takesEvent)
    }
    guard event != .null else {
      return record(FakeResponse(status: 400, json: ["error": "the body is not JSON"]), isAccepted: false)
    }
    if let renewal = state.renewals[pair], renewal.onUnauthorized {
      state.renewals[pair] = nil
      state.keys[pair] = renewal.key
      return record(renewal.added(to: 401, ["error": "the key has expired"]), isAccepted: false)
    }
    if let key = state.keys[pair] ?? state.commonKey, key != request.headers["x-api-key"] {
      return record(FakeResponse(status: 401, json: ["error": "wrong key"]), isAccepted: false)
    }
    guard let renewal = state.renewals.removeValue(forKey: pair) else {
      return record(FakeResponse(json: ["status": "ok"]), isAccepted: true)
    }
    state.keys[pair] = renewal.key
    return record(renewal.added(to: 200, ["status": "ok"]), isAccepted: true)
  }
}

extension FakeLogBeacon.Renewal {
  func added(to status: Int, _ body: [String: JSONValue]) -> FakeResponse {
    var body = body
    switch place {
    case .header: return FakeResponse(status: status, headers: [("X-New-API-Key", key)], json: .object(body))
    case .field(let path):
      let names = path.split(separator: ".").map(String.init)
      guard let outer = names.first else { preconditionFailure("a key's place needs a name") }
      body[outer] = names.dropFirst().reversed().reduce(.string(key)) { .object([$1: $0]) }
      return FakeResponse(status: status, json: .object(body))
    }
  }
}
