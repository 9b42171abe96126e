import Core
import HTTPClient
import Platform

/// The services. No event and no message is sent.
extension Doctor {
  func logbeacon() -> [Finding] {
    eventSink(.logbeacon) { ($0.logbeacon.url, $0.logbeacon.tls.authority) }
  }

  func webhook() -> [Finding] {
    eventSink(.webhook) { ($0.webhook.url, $0.webhook.tls.authority) }
  }

  private func eventSink(
    _ sink: Sink, at address: (Settings.Domain) -> (url: Settings.Target, authority: String?)
  ) -> [Finding] {
    var findings: [Finding] = []
    var calls: [HTTPRequest] = []
    let probe = HTTPProbe(timeout: options.timeout)
    for domain in settings.domains {
      switch address(domain).url {
      case .set(let url):
        var call = probe.get(url)
        call.caFile = address(domain).authority
        if !calls.contains(where: { $0 == call }) { calls.append(call) }
      case .unset: findings.append(unset(sink.rawValue, domain.name, "\(sink.rawValue).url"))
      case .unwanted: findings.append(.ok(sink.rawValue, "\(domain.name): declared unwanted"))
      }
    }
    for (call, answer) in zip(calls, probe.ask(calls)) {
      let shown = URLText(text: call.url).masked
      findings +=
        EventSinkReading(
          sink, url: shown, answer.result.map(\.status).mapError { SinkReading.Fault($0) }, took: answer.took
        ).findings
      note(answer, of: URLText(text: call.url).host)
    }
    return findings
  }

  func telegram() -> [Finding] {
    var findings: [Finding] = []
    var bots: [TelegramTarget] = []
    for domain in settings.domains {
      switch domain.telegram.botToken {
      case .unset: findings.append(unset("telegram", domain.name, "telegram.bot_token"))
      case .unwanted: findings.append(.ok("telegram", "\(domain.name): declared unwanted"))
      case .set(let token):
        for (key, chat) in [("developer", domain.telegram.developer), ("customer", domain.telegram.customer)]
        where chat.id == .unset {
          findings.append(unset("telegram", domain.name, "telegram.\(key).chat_id"))
        }
        let target = TelegramTarget(domain, token)
        if let index = bots.firstIndex(where: { $0.isSame(as: target) }) {
          bots[index].domains.append(domain.name)
        } else {
          bots.append(target)
        }
      }
    }
    for bot in bots { findings += ask(bot).findings }
    return findings
  }

  private func ask(_ bot: TelegramTarget) -> TelegramReading {
    let probe = HTTPProbe(timeout: options.timeout)
    let answers = probe.ask([probe.get(bot.url("getMe"))] + bot.chats.map { bot.chatRequest($0.id) })
    note(answers[0], of: URLText(text: bot.base).host)
    let reader = AnswerReader()
    let chats = zip(bot.chats, answers.dropFirst()).map { chat, answer in
      TelegramReading.Chat(
        role: chat.role, id: chat.id, answer: Self.answer(answer.result, reader, ["title", "username"], bot.token))
    }
    return TelegramReading(
      domains: bot.domains, bot: Self.answer(answers[0].result, reader, ["username"], bot.token), chats: chats)
  }

  private static func answer(
    _ result: Result<HTTPResponse, HTTPClientError>, _ reader: AnswerReader, _ names: [String], _ token: Secret
  ) -> TelegramReading.Answer {
    switch result {
    case .failure(let error): return .failed(SinkReading.Fault(error))
    case .success(let response)
    where response.status == 200 && reader.value(at: ["ok"], in: response.body)?.text == "true":
      return .ok(names.lazy.compactMap { reader.string(at: ["result", $0], in: response.body) }.first ?? "")
    case .success(let response):
      let text = reader.string(at: ["description"], in: response.body) ?? "the answer is not the Bot API's"
      // Whoever stands at api_base could answer anything, our own token included.
      return .refused(response.status, String(text.replacing(token.value, with: "***").prefix(200)))
    }
  }

  /// What becomes of a sink without an address; see contracts.md §3.
  private func unset(_ topic: String, _ domain: String, _ key: String) -> Finding {
    settings.queue == .embedded && settings.console.format != .off
      ? .ok(topic, "\(domain): \(key) is not set; the console stands in")
      : .warn(topic, "\(domain): \(key) is not set; its copies wait in their queue. Set it, or say none")
  }

  private func note(_ answer: HTTPProbe.Answer, of peer: String) {
    guard case .success(let response) = answer.result, let text = response.header("date") else { return }
    let now = Clock.unixMilliseconds() / 1000
    guard let date = HTTPDate.parse(Array(text.utf8), now: now), !offsets.contains(where: { $0.peer == peer }) else {
      return
    }
    offsets.append((peer, Int(clamping: date - now)))
  }
}

/// A bot with its chats, and the domains that share them.
private struct TelegramTarget {
  let base: String
  let token: Secret
  let chats: [(role: String, id: String)]
  var domains: [String]

  init(_ domain: Settings.Domain, _ token: Secret) {
    let base = domain.telegram.apiBase
    self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
    self.token = token
    domains = [domain.name]
    chats = [("developer", domain.telegram.developer), ("customer", domain.telegram.customer)].compactMap {
      role, chat in
      if case .set(let id) = chat.id { (role, id) } else { nil }
    }
  }

  func isSame(as other: Self) -> Bool {
    base == other.base && token == other.token && chats.elementsEqual(other.chats) { $0 == $1 }
  }

  /// Holds the token: never shown.
  func url(_ method: String) -> String { "\(base)/bot\(token.value)/\(method)" }

  func chatRequest(_ chat: String) -> HTTPRequest {
    var request = HTTPRequest(url: url("getChat"))
    request.headers = [("Content-Type", "application/json")]
    request.body = Array(#"{"chat_id":"#.utf8)
    request.body.appendJSONString(Array(chat.utf8).span)
    request.body.append("}")
    return request
  }
}
