import Core
import HTTPClient
import Platform

/// Delivers to Telegram: a lane for each chat of each bot.
final class TelegramCourier: Courier {
  private enum Destination {
    case chat(TelegramBot, Settings.Chat, id: String)
    case standIn, unwanted, missing

    var provision: SinkCondition {
      switch self {
      case .chat: .delivering
      case .standIn: .console
      case .unwanted: .unwanted
      case .missing: .missing
      }
    }
  }

  private(set) var settings: Settings
  private var destinations: [[Audience: Destination]] = []
  /// Of each domain.
  private(set) var formatters: [[Audience: any MessageFormatter]] = []
  private var policy: TelegramOutcome
  private var chats: TelegramChats
  private let texts: WorkerTexts
  let notifications: TelegramText
  let time: LocalTime
  private let mayStandIn: Bool
  private let answers = AnswerReader()
  private let report: (String) -> Void

  /// `mayStandIn`: the console prints for chats that are not configured. `report` gets sentences without secrets.
  init(_ settings: Settings, mayStandIn: Bool, time: LocalTime, report: @escaping (String) -> Void) {
    self.settings = settings
    self.mayStandIn = mayStandIn
    self.time = time
    self.report = report
    policy = TelegramOutcome(settings)
    chats = TelegramChats(directory: settings.dataDirectory)
    texts = WorkerTexts(locale: settings.locale)
    notifications = TelegramText(locale: settings.locale)
    destinations = settings.domains.map { destinations(of: $0) }
    formatters = settings.domains.map { formatters(of: $0) }
  }

  /// Copies of a broker are taken only if there is a chat for every one of them; those of the own queue wait there anyway.
  func isServed(domain: Int) -> Bool {
    let isMissing = { (destination: Destination) in destination.provision == .missing }
    let chats = destinations[domain].values
    return settings.queue == .rabbitmq ? !chats.contains(where: isMissing) : !chats.allSatisfy(isMissing)
  }

  /// Of its chats, the one that is provided for worst.
  func provision(domain: Int) -> SinkCondition {
    let provisions = Set(destinations[domain].values.map(\.provision))
    return [.missing, .console, .delivering].first(where: provisions.contains) ?? .unwanted
  }

  func handling(of item: Item) -> Handling {
    guard let audience = item.event.target else { return handlingWithoutTarget(item) }
    switch destination(item, audience) {
    case .chat(let bot, _, let id):
      let chat = chats.current(id)
      return .call(LaneID(scope: bot.number, name: chat), chat.hasPrefix("-") ? .group : .chat)
    case .standIn: return .standIn
    case .unwanted: return .unwanted
    case .missing: return .missing
    }
  }

  /// An older producer's copy goes to every chat of its level.
  private func handlingWithoutTarget(_ item: Item) -> Handling {
    let audiences = settings.routes[item.event.level].audiences
    return audiences.isEmpty
      ? .undeliverable("level \(item.event.level.name) goes to no chat, and no target is given") : .split(audiences)
  }

  func request(for item: Item, with riders: [Item]) -> HTTPRequest {
    guard let audience = item.event.target, case .chat(let bot, let chat, let id) = destination(item, audience) else {
      return HTTPRequest(url: "")
    }
    let own = item.text ?? text(of: item, audience)
    item.text = own
    let text = riders.isEmpty && !item.isTooOld ? own : packedText(of: [item] + riders, audience)
    return bot.request(
      TelegramMessage(chat: chats.current(id), text: text, thread: chat.thread, isSilent: chat.silent))
  }

  /// Levels 9 and 91 are grouped; a customer's notices never are.
  func grouping(of item: Item) -> Grouping.Terms? {
    guard item.event.level == .error || item.event.level == .errorCTG else { return nil }
    let telegram = settings.domains[item.domain].telegram
    return Grouping.Terms(
      window: telegram.groupWindow.milliseconds, repeatInterval: telegram.repeatInterval.milliseconds)
  }

  func isTooOld(_ item: Item, now: Moment) -> Bool {
    guard let maxAge = settings.domains[item.domain].telegram.maxAge, item.digest == nil else { return false }
    return (item.event.timestamp ?? now.unix) + maxAge.milliseconds < now.unix
  }

  func outcome(of item: Item, _ result: Result<HTTPResponse, HTTPClientError>, now: Moment) -> SendOutcome {
    guard let audience = item.event.target, case .chat(let bot, _, let id) = destination(item, audience) else {
      return .unanswered(
        HTTPClientError(code: .invalidRequest, description: "the chat is not configured any more"),
        retry: policy.retry)
    }
    switch result {
    case .failure(let error): return .unanswered(error, retry: policy.retry)
    case .success(let response):
      if let successor = policy.migration(in: response, reader: answers) {
        do throws(SystemError) {
          try chats.migrated(chats.current(id), to: successor)
        } catch {
          report("chat \(id) moved to \(successor), which could not be written down: \(error)")
        }
        return .again(SendFailure(response, scalars: policy.responseScalars, secrets: [bot.token.value]))
      }
      return policy.outcome(of: response, token: bot.token, reader: answers, now: now)
    }
  }

  func appendLine(for item: Item, failure: SendFailure?, to line: inout [UInt8]) {
    guard let audience = item.event.target else { return }
    let text = item.text ?? text(of: item, audience)
    let said = failure.map { texts.failed(audience, text: text, reason: $0.text) }
    line.append((said ?? texts.delivered(audience, text: text)).utf8Span.span)
  }

  /// All of the text, on one line.
  func appendStandIn(for item: Item, to line: inout [UInt8]) {
    guard let audience = item.event.target else { return }
    let text = text(of: item, audience)
    line.append(texts.delivered(audience, text: "").utf8Span.span)
    line.append(text.split(separator: "\n").joined(separator: " ").utf8Span.span)
    line.append(StandInText.mark(settings.locale))
  }

  var lookInterval: Int64? { nil }

  func changedLanes(now: Moment) -> [LaneID] { [] }

  func update(_ settings: Settings) {
    policy = TelegramOutcome(settings)
    self.settings.routes = settings.routes
    for (index, domain) in self.settings.domains.enumerated() {
      guard let new = settings.domains.first(where: { $0.name == domain.name }) else { continue }
      destinations[index] = destinations(of: new)
      formatters[index] = formatters(of: new)
      self.settings.domains[index].telegram = new.telegram
    }
  }

  private func destinations(of domain: Settings.Domain) -> [Audience: Destination] {
    [
      .developer: destination(domain.telegram, domain.telegram.developer),
      .customer: destination(domain.telegram, domain.telegram.customer),
    ]
  }

  private func destination(_ telegram: Settings.Telegram, _ chat: Settings.Chat) -> Destination {
    switch (telegram.botToken, chat.id) {
    case (.unwanted, _), (_, .unwanted): .unwanted
    case (.set(let token), .set(let id)):
      .chat(TelegramBot(apiBase: telegram.apiBase, token: token), chat, id: id)
    case (.unset, _), (_, .unset): mayStandIn ? .standIn : .missing
    }
  }

  private func destination(_ item: Item, _ audience: Audience) -> Destination {
    destinations[item.domain][audience] ?? .missing
  }

  /// The configuration's template, else the guide's text.
  private func formatters(of domain: Settings.Domain) -> [Audience: any MessageFormatter] {
    let standard = { StandardMessage(for: $0, locale: self.settings.locale) }
    return [
      .developer: domain.telegram.developer.template ?? standard(.developer),
      .customer: domain.telegram.customer.template ?? standard(.customer),
    ]
  }
}

extension Routes {
  /// The chats among the destinations.
  fileprivate var audiences: [Audience] {
    (contains(.telegramDeveloper) ? [.developer] : []) + (contains(.telegramCustomer) ? [.customer] : [])
  }
}
