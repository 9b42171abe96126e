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
    /// Those that lie in the text; the real server leaves out the others without a word.
    package let entities: [JSONValue]
  }

  /// The real service's error answers.
  package enum Failure: Sendable {
    case tooManyRequests(retryAfter: Int)
    case migrated(to: Int)
    case blocked
    case kicked
    case chatNotFound
    case threadNotFound
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
    var limits: TelegramLimits?
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

  /// Messages beyond `limits` get a 429 from now on.
  package func keep(_ limits: TelegramLimits = .published) {
    state.change { $0.limits = limits }
  }

  package func stop() { server.stop() }
}
