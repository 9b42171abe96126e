import Fakes
import Platform
import Testing

/// The fake of the Bot API says what the real one would.
@Suite struct FakeTelegramTests {
  private let telegram: FakeTelegram

  init() throws { telegram = try FakeTelegram() }

  private func send(
    _ text: String, chat: JSONValue = -100, token: String? = nil, entities: JSONValue? = nil
  ) throws -> RawHTTPConnection.Response {
    let connection = try RawHTTPConnection(port: telegram.server.port)
    var parameters: [String: JSONValue] = ["chat_id": chat, "text": .string(text)]
    parameters["entities"] = entities
    let body = JSONValue.object(parameters).bytes
    try connection.send(
      "POST /bot\(token ?? telegram.token)/sendMessage HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.count)\r\n\r\n")
    try connection.send(body)
    return try connection.readResponse()
  }

  @Test("a message is answered with its place, texts that are empty or too long are refused")
  func texts() throws {
    let sent = try #require(try send("hello").json)
    #expect(sent["ok"] == true)
    #expect(sent["result"]?["chat"]?["id"] == -100)
    #expect(sent["result"]?["message_id"] == 1)
    #expect(try send("x", token: "1:bad").json?["error_code"] == 401)
    for empty in ["", " \n"] { #expect(try send(empty).json?["description"] == "Bad Request: message text is empty") }
    #expect(try send(String(repeating: "😀", count: 2048)).status == 200)
    #expect(
      try send(String(repeating: "😀", count: 2048) + "x").json?["description"] == "Bad Request: message is too long")
  }

  @Test("entities outside of the text are left out without a word")
  func entities() throws {
    let bold: (Int, Int) -> JSONValue = { ["type": "bold", "offset": .int($0), "length": .int($1)] }
    let answer = try send("😀ab", entities: .array([bold(2, 2), bold(3, 2), bold(-1, 2), bold(4, 1), bold(0, 0)]))
    #expect(answer.json?["result"]?["entities"] == .array([bold(2, 2)]))
    #expect(telegram.sent.map(\.entities) == [[bold(2, 2)]])
  }

  @Test(
    "refusals have the real server's codes and words",
    arguments: [
      (FakeTelegram.Failure.blocked, 403, "Forbidden: bot was blocked by the user"),
      (.kicked, 403, "Forbidden: bot was kicked from the supergroup chat"),
      (.chatNotFound, 400, "Bad Request: chat not found"),
      (.threadNotFound, 400, "Bad Request: message thread not found"),
    ])
  func refusals(_ failure: FakeTelegram.Failure, _ status: Int, _ description: String) throws {
    telegram.fail(chat: "-100", with: failure)
    let answer = try send("x")
    #expect(answer.status == status)
    #expect(answer.text == #"{"ok":false,"error_code":\#(status),"description":"\#(description)"}"#)
    #expect(telegram.sent.isEmpty)
  }

  @Test("a 429 names its wait as the real one does, and calls within it are counted")
  func limited() throws {
    telegram.failNext(with: .tooManyRequests(retryAfter: 60))
    let limited = try send("x")
    #expect(limited.status == 429 && limited.headers["retry-after"] == "60")
    #expect(
      limited.text
        == #"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 60","#
        + #""parameters":{"retry_after":60}}"#)
    #expect(telegram.violations == 0)
    telegram.fail(chat: "-100", with: .migrated(to: -1001))
    #expect(try send("x").json?["parameters"]?["migrate_to_chat_id"] == -1001)
    #expect(telegram.violations == 1)
  }

  @Test("its limits: a small burst a chat, so many a minute to a group, so many a second from the bot")
  func limits() throws {
    var limits = TelegramLimits.published
    (limits.chatBurst, limits.groupPerMinute, limits.tokenPerSecond) = (2, 1, 4)
    telegram.keep(limits)
    let begin = Clock.monotonicNanoseconds()
    var answers: [Int] = []
    for chat in ["@a", "@a", "@a", "-1", "-1", "@b", "@c"] { answers.append(try send("x", chat: .string(chat)).status) }
    // On a machine that takes a second for this the buckets have filled again.
    guard Clock.monotonicNanoseconds() - begin < 1_000_000_000 else { return }
    #expect(answers == [200, 200, 429, 200, 429, 200, 429])
    #expect(try (send("x", chat: "-1").json?["parameters"]?["retry_after"]?.int ?? 0) > 50)
  }
}
