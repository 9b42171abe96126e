import Core
import HTTPClient
import Integrity
import Platform

/// Delivers to webhooks: a signed POST of the event, a lane for each domain. The worked example of docs/custom-sinks.md.
final class WebhookCourier: Courier {
  private enum Destination {
    case service(WebhookRequest, WebhookOutcome)
    case unwanted, missing
  }

  private var settings: Settings
  private var destinations: [Destination] = []
  private let texts: WorkerTexts
  private let digester = Digester()

  init(_ settings: Settings) {
    self.settings = settings
    texts = WorkerTexts(locale: settings.locale)
    destinations = settings.domains.map { destination(of: $0, settings) }
  }

  func isServed(domain: Int) -> Bool { provision(domain: domain) != .missing }

  func provision(domain: Int) -> SinkCondition {
    switch destinations[domain] {
    case .service: .delivering
    case .unwanted: .unwanted
    case .missing: .missing
    }
  }

  func handling(of item: Item) -> Handling {
    switch destinations[item.domain] {
    case .service: .call(LaneID(scope: item.delivery.queue.domain, name: Sink.webhook.rawValue), .open)
    case .unwanted: .unwanted
    case .missing: .missing
    }
  }

  func request(for item: Item, with riders: [Item]) -> HTTPRequest {
    guard case .service(let request, _) = destinations[item.domain] else { return HTTPRequest(url: "") }
    return request.request(
      id: item.id, body: item.delivery.body, unixSeconds: Clock.unixMilliseconds() / 1000, digester: digester)
  }

  func outcome(of item: Item, _ result: Result<HTTPResponse, HTTPClientError>, now: Moment) -> SendOutcome {
    guard case .service(let request, let outcome) = destinations[item.domain] else {
      return .unanswered(
        HTTPClientError(code: .invalidRequest, description: "the webhook is not configured any more"),
        retry: RetryPolicy(settings.retry))
    }
    switch result {
    case .failure(let error): return .unanswered(error, retry: outcome.retry)
    case .success(let response): return outcome.outcome(of: response, secret: request.secret, now: now)
    }
  }

  func appendLine(for item: Item, failure: SendFailure?, to line: inout [UInt8]) {
    let event = item.event
    if let failure {
      texts.appendFailed(
        .webhook, level: event.level, defName: event.defName.utf8Span.span, message: event.message.utf8Span.span,
        extraInfo: event.extraInfo.utf8Span.span, reason: failure.text, to: &line)
    } else {
      texts.appendDelivered(
        .webhook, level: event.level, defName: event.defName.utf8Span.span, message: event.message.utf8Span.span,
        extraInfo: event.extraInfo.utf8Span.span, to: &line)
    }
  }

  /// Never called: `handling(of:)` says no stand-in.
  func appendStandIn(for item: Item, to line: inout [UInt8]) {}

  var lookInterval: Int64? { nil }

  func changedLanes(now: Moment) -> [LaneID] { [] }

  func update(_ settings: Settings) {
    self.settings.retry = settings.retry
    for (index, domain) in self.settings.domains.enumerated() {
      guard let new = settings.domains.first(where: { $0.name == domain.name }) else { continue }
      destinations[index] = destination(of: new, settings)
    }
  }

  private func destination(of domain: Settings.Domain, _ settings: Settings) -> Destination {
    switch domain.webhook.url {
    case .unset: return .missing
    case .unwanted: return .unwanted
    case .set(let url):
      // The settings' rules let no address be without a secret.
      guard let request = WebhookRequest(url: url, domain.webhook) else { return .missing }
      return .service(request, WebhookOutcome(settings))
    }
  }
}
