import Platform

/// What `sendMessage` answers, in the real server's words.
extension FakeTelegram {
  static func answer(_ request: RecordedRequest, _ state: inout State) -> FakeResponse {
    guard request.path.hasPrefix("/bot"), request.path.hasSuffix("/sendMessage") else {
      return error(404, "Not Found")
    }
    guard request.path == "/bot\(state.token)/sendMessage" else { return error(401, "Unauthorized") }
    let parameters = request.json ?? .null
    guard let chat = parameters["chat_id"].flatMap({ $0.string ?? $0.int.map(String.init) }) else {
      return error(400, "Bad Request: chat_id is empty")
    }
    let text = parameters["text"]?.string ?? ""
    let entities = (parameters["entities"]?.array ?? []).filter { isInside($0, text) }

    func message(_ status: Int, isSent: Bool) -> Message {
      Message(
        chat: chat, text: text, parameters: parameters, request: request, status: status, isSent: isSent,
        entities: entities)
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
    if text.allSatisfy(\.isWhitespace) { return refuse(error(400, "Bad Request: message text is empty")) }
    if text.utf16.count > 4096 { return refuse(error(400, "Bad Request: message is too long")) }
    if let seconds = state.limits?.secondsToWait(chat, at: now) {
      state.pausedUntil[chat] = now + UInt64(seconds) * 1_000_000_000
      return refuse(response(to: .tooManyRequests(retryAfter: seconds)))
    }
    state.messages.append(message(200, isSent: true))
    state.sentCount += 1
    return success(chat, text, entities, id: state.sentCount)
  }

  /// Offsets and lengths count UTF-16 units.
  private static func isInside(_ entity: JSONValue, _ text: String) -> Bool {
    guard let offset = entity["offset"]?.int, let length = entity["length"]?.int, offset >= 0, length > 0 else {
      return false
    }
    return offset <= text.utf16.count && length <= text.utf16.count - offset
  }

  private static func success(_ chat: String, _ text: String, _ entities: [JSONValue], id: Int) -> FakeResponse {
    let number = Int(chat)
    let place: JSONValue = [
      "id": number.map { .int($0) } ?? .string(chat),
      "type": .string((number ?? 0) < 0 ? "supergroup" : "private"),
    ]
    var result: [String: JSONValue] = [
      "message_id": .int(id),
      "from": ["id": 123456, "is_bot": true, "first_name": "Fake", "username": "fake_bot"],
      "chat": place, "date": .int(Int(Clock.unixMilliseconds() / 1000)), "text": .string(text),
    ]
    if !entities.isEmpty { result["entities"] = .array(entities) }
    return FakeResponse(json: ["ok": true, "result": .object(result)])
  }

  private static func response(to failure: Failure) -> FakeResponse {
    switch failure {
    case .tooManyRequests(let seconds):
      var response = error(429, "Too Many Requests: retry after \(seconds)", ("retry_after", seconds))
      response.headers.append(("Retry-After", "\(seconds)"))
      return response
    case .migrated(let chat):
      return error(
        400, "Bad Request: group chat was upgraded to a supergroup chat", ("migrate_to_chat_id", chat))
    case .blocked: return error(403, "Forbidden: bot was blocked by the user")
    case .kicked: return error(403, "Forbidden: bot was kicked from the supergroup chat")
    case .chatNotFound: return error(400, "Bad Request: chat not found")
    case .threadNotFound: return error(400, "Bad Request: message thread not found")
    case .serverError: return error(502, "Bad Gateway")
    case .other(let response, _): return response
    }
  }

  /// Byte for byte as the real server writes it.
  private static func error(
    _ code: Int, _ description: String, _ parameter: (name: String, value: Int)? = nil
  ) -> FakeResponse {
    let end = parameter.map { #","parameters":{"\#($0.name)":\#($0.value)}}"# } ?? "}"
    return FakeResponse(
      status: code, headers: [("Content-Type", "application/json")],
      text: #"{"ok":false,"error_code":\#(code),"description":"\#(description)"\#(end)"#)
  }
}
