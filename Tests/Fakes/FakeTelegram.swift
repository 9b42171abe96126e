import Platform

/// The Bot API's `sendMessage`, with the answers of the real one.
package final class FakeTelegram: Sendable {
  /// One call of `sendMessage`.
  package struct Message: Sendable {
    package let chat: String
    package let text: String
    /// `message_thread_id`, `disable_notification`, `entities` and the rest as they came.
    package let parameters: JSONValue
    package let request: RecordedRequest
    package let status: Int
    /// Shown in the chat.
    package let isSent: Bool
  }

  /// The real service's error answers.
  package enum Failure: Sendable {
    case tooManyRequests(retryAfter: Int)
    case migrated(to: Int)
    case blocked
    case chatNotFound
    case serverError
    /// Anything else, shown in the chat all the same if `sends`.
    case other(FakeResponse, sends: Bool = false)
  }

  struct State: Sendable {
    let token: String
    var messages: [Message] = []
    var sentCount = 0
    var failures: [Failure] = []
    var chatFailures: [String: Failure] = [:]
    var rule: (@Sendable (Message) -> Failure?)?
    var limit: (count: Int, nanoseconds: UInt64)?
    var recent: [String: [UInt64]] = [:]
    var pausedUntil: [String: UInt64] = [:]
    var violations = 0
  }

  package let server: FakeHTTPServer
  package let token: String
  private let state: Monitor<State>

  package init(token: String = "123456:TEST-token", port: UInt16 = 0) throws {
    let state = Monitor(State(token: token))
    self.state = state
    self.token = token
    server = try FakeHTTPServer(port: port) { request in state.change { Self.answer(request, &$0) } }
  }

  /// For `telegram.api_base`.
  package var url: String { server.url }

  /// Every call that named a chat, in order of arrival.
  package var calls: [Message] { state.value.messages }
  /// What the chats show.
  package var sent: [Message] { state.value.messages.filter(\.isSent) }
  package func sent(to chat: String) -> [Message] { sent.filter { $0.chat == chat } }
  /// Calls to a chat during its `retry_after`.
  package var violations: Int { state.value.violations }

  /// False when fewer than `count` messages are sent within `timeout`.
  package func waitForSent(_ count: Int, timeout: Duration = .seconds(10)) -> Bool {
    state.wait(timeout: timeout) { $0.sentCount >= count }
  }

  /// False when fewer than `count` calls arrive within `timeout`.
  package func waitForCalls(_ count: Int, timeout: Duration = .seconds(10)) -> Bool {
    state.wait(timeout: timeout) { $0.messages.count >= count }
  }

  package func failNext(_ count: Int = 1, with failure: Failure) {
    state.change { $0.failures += Array(repeating: failure, count: count) }
  }

  /// Every call to `chat` fails so, until `nil` is set.
  package func fail(chat: String, with failure: Failure?) {
    state.change { $0.chatFailures[chat] = failure }
  }

  /// Calls fail as `rule` says, until it is replaced.
  package func fail(_ rule: (@Sendable (Message) -> Failure?)?) {
    state.change { $0.rule = rule }
  }

  /// More than `count` messages to one chat within `window` get a 429.
  package func limit(_ count: Int, per window: Duration) {
    state.change { $0.limit = (count, UInt64(window / .nanoseconds(1))) }
  }

  package func stop() { server.stop() }
}

extension FakeTelegram {
  private static func answer(_ request: RecordedRequest, _ state: inout State) -> FakeResponse {
    guard request.path.hasPrefix("/bot"), request.path.hasSuffix("/sendMessage") else {
      return error(404, "Not Found")
    }
    guard request.path == "/bot\(state.token)/sendMessage" else { return error(401, "Unauthorized") }
    let parameters = request.json ?? .null
    guard let chat = parameters["chat_id"].flatMap({ $0.string ?? $0.int.map(String.init) }) else {
      return error(400, "Bad Request: chat_id is empty")
    }
    let text = parameters["text"]?.string ?? ""

    func message(_ status: Int, isSent: Bool) -> Message {
      Message(chat: chat, text: text, parameters: parameters, request: request, status: status, isSent: isSent)
    }
    func refuse(_ response: FakeResponse, isSent: Bool = false) -> FakeResponse {
      state.messages.append(message(response.status, isSent: isSent))
      if isSent { state.sentCount += 1 }
      return response
    }

    let now = Clock.monotonicNanoseconds()
    if now < state.pausedUntil[chat] ?? 0 { state.violations += 1 }
    let failure =
      !state.failures.isEmpty
      ? state.failures.removeFirst() : state.chatFailures[chat] ?? state.rule?(message(200, isSent: true))
    if let failure {
      if case .tooManyRequests(let seconds) = failure {
        state.pausedUntil[chat] = now + UInt64(seconds) * 1_000_000_000
      }
      if case .other(let response, let sends) = failure { return refuse(response, isSent: sends) }
      return refuse(response(to: failure))
    }
    if text.isEmpty { return refuse(error(400, "Bad Request: message text is empty")) }
    if text.utf16.count > 4096 { return refuse(error(400, "Bad Request: message is too long")) }
    if let seconds = secondsToWait(chat, now, &state) {
      state.pausedUntil[chat] = now + UInt64(seconds) * 1_000_000_000
      return refuse(response(to: .tooManyRequests(retryAfter: seconds)))
    }
    state.messages.append(message(200, isSent: true))
    state.sentCount += 1
    return success(chat, text, id: state.sentCount)
  }

  /// `nil` when the limit allows a message to `chat` now.
  private static func secondsToWait(_ chat: String, _ now: UInt64, _ state: inout State) -> Int? {
    guard let (count, window) = state.limit else { return nil }
    var recent = state.recent[chat, default: []].filter { now - $0 < window }
    defer { state.recent[chat] = recent }
    guard recent.count >= count, let oldest = recent.first else {
      recent.append(now)
      return nil
    }
    return Int((window - (now - oldest) + 999_999_999) / 1_000_000_000)
  }

  private static func success(_ chat: String, _ text: String, id: Int) -> FakeResponse {
    let number = Int(chat)
    let place: JSONValue = [
      "id": number.map { .int($0) } ?? .string(chat),
      "type": .string((number ?? 0) < 0 ? "supergroup" : "private"),
    ]
    return FakeResponse(json: [
      "ok": true,
      "result": [
        "message_id": .int(id),
        "from": ["id": 123456, "is_bot": true, "first_name": "Fake", "username": "fake_bot"],
        "chat": place, "date": .int(Int(Clock.unixMilliseconds() / 1000)), "text": .string(text),
      ],
    ])
  }

  private static func response(to failure: Failure) -> FakeResponse {
    switch failure {
    case .tooManyRequests(let seconds):
      var response = error(
        429, "Too Many Requests: retry after \(seconds)", ["retry_after": .int(seconds)])
      response.headers.append(("Retry-After", "\(seconds)"))
      return response
    case .migrated(let chat):
      return error(
        400, "Bad Request: group chat was upgraded to a supergroup chat", ["migrate_to_chat_id": .int(chat)])
    case .blocked: return error(403, "Forbidden: bot was blocked by the user")
    case .chatNotFound: return error(400, "Bad Request: chat not found")
    case .serverError: return error(502, "Bad Gateway")
    case .other(let response, _): return response
    }
  }

  private static func error(
    _ code: Int, _ description: String, _ parameters: [String: JSONValue] = [:]
  ) -> FakeResponse {
    var body: [String: JSONValue] = ["ok": false, "error_code": .int(code), "description": .string(description)]
    if !parameters.isEmpty { body["parameters"] = .object(parameters) }
    return FakeResponse(status: code, json: .object(body))
  }
}
