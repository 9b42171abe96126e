import Core
import HTTPClient
import JSON

/// Delivers to LogBeacon: a lane for each pair of domain and program, each with its own key.
final class LogBeaconCourier: Courier {
  private enum Destination {
    case service(LogBeaconRequest, LogBeaconOutcome, LogBeaconKeys)
    case standIn, unwanted, missing
  }

  private var settings: Settings
  private var destinations: [Destination] = []
  /// One for each distinct folder.
  private var keys: [String: LogBeaconKeys] = [:]
  private let texts: WorkerTexts
  private let mayStandIn: Bool
  private let reader = JSONReader(maxItems: 1)
  private let answers = AnswerReader()
  private let report: (String) -> Void

  /// Loads every key. `mayStandIn`: the console prints for domains without a service. `report` gets sentences about
  /// keys that cannot be stored; no key is in them.
  init(_ settings: Settings, mayStandIn: Bool, report: @escaping (String) -> Void) throws(LogBeaconKeysError) {
    self.settings = settings
    self.mayStandIn = mayStandIn
    self.report = report
    texts = WorkerTexts(locale: settings.locale)
    for domain in settings.domains { destinations.append(try destination(of: domain)) }
  }

  func isServed(domain: Int) -> Bool { provision(domain: domain) != .missing }

  func provision(domain: Int) -> SinkCondition {
    switch destinations[domain] {
    case .service: .delivering
    case .standIn: .console
    case .unwanted: .unwanted
    case .missing: .missing
    }
  }

  func handling(of item: Item) -> Handling {
    switch destinations[item.domain] {
    case .service:
      .call(
        lane(of: pair(of: item)), settings.domains[item.domain].logbeacon.ordered ? .ordered : .pair)
    case .standIn: .standIn
    case .unwanted: .unwanted
    case .missing: .missing
    }
  }

  func request(for item: Item, with riders: [Item]) -> HTTPRequest {
    guard case .service(let request, _, let keys) = destinations[item.domain] else { return HTTPRequest(url: "") }
    let key = keys.key(pair(of: item))
    item.keyVersion = key?.version ?? 0
    return request.request(id: item.id, key: key?.value.value, body: item.delivery.body, reader: reader)
  }

  func outcome(of item: Item, _ result: Result<HTTPResponse, HTTPClientError>, now: Moment) -> SendOutcome {
    guard case .service(_, let outcome, let keys) = destinations[item.domain] else {
      return .unanswered(
        HTTPClientError(code: .invalidRequest, description: "LogBeacon is not configured any more"),
        retry: RetryPolicy(settings.retry))
    }
    switch result {
    case .failure(let error): return .unanswered(error, retry: outcome.retry)
    case .success(let response):
      let pair = pair(of: item)
      let former = keys.key(pair)
      let new = outcome.newKey(in: response, reader: answers)
      if let new {
        let isOffer = (200..<300).contains(response.status) || response.status == 401 || response.status == 403
        if isOffer { take(new, of: pair, item, keys) }
      }
      if response.status == 401 || response.status == 403, item.keyVersion == version(pair, keys) {
        _ = keys.reread(pair)
      }
      return outcome.outcome(
        of: response, isCurrent: item.keyVersion == version(pair, keys),
        secrets: [former?.value.value, new].compactMap(\.self), now: now)
    }
  }

  func appendLine(for item: Item, failure: SendFailure?, to line: inout [UInt8]) {
    let event = item.event
    if let failure {
      texts.appendFailed(
        level: event.level, defName: event.defName.utf8Span.span, message: event.message.utf8Span.span,
        extraInfo: event.extraInfo.utf8Span.span, reason: failure.text, to: &line)
    } else {
      texts.appendDelivered(
        level: event.level, defName: event.defName.utf8Span.span, message: event.message.utf8Span.span,
        extraInfo: event.extraInfo.utf8Span.span, to: &line)
    }
  }

  func appendStandIn(for item: Item, to line: inout [UInt8]) {
    appendLine(for: item, failure: nil, to: &line)
    line.append(StandInText.mark(settings.locale))
  }

  /// Below the five seconds within which a changed key file counts (contracts.md §7). Polled, since a folder that
  /// workers share may lie on a file system that tells nobody of another machine's changes.
  var lookInterval: Int64? { keys.isEmpty ? nil : 4000 }

  func changedLanes(now: Moment) -> [LaneID] {
    keys.values.flatMap { $0.refresh(now: UInt64(now.monotonic) * 1_000_000) }.map { lane(of: $0) }
  }

  func update(_ settings: Settings) {
    self.settings.retry = settings.retry
    self.settings.limits = settings.limits
    for (index, domain) in self.settings.domains.enumerated() {
      guard let new = settings.domains.first(where: { $0.name == domain.name }) else { continue }
      do throws(LogBeaconKeysError) {
        destinations[index] = try destination(of: new)
      } catch {
        report("\(error); \(domain.name) keeps its former LogBeacon settings")
      }
    }
  }

  private func destination(of domain: Settings.Domain) throws(LogBeaconKeysError) -> Destination {
    switch domain.logbeacon.url {
    case .unset: return mayStandIn ? .standIn : .missing
    case .unwanted: return .unwanted
    case .set(let url):
      let folder = domain.logbeacon.keyDirectory ?? "\(settings.dataDirectory)/keys"
      let keys =
        if let known = self.keys[folder] { known } else {
          try LogBeaconKeys(directory: folder, domains: settings.domains.map(\.name))
        }
      if self.keys[folder] == nil { for problem in keys.problems { report(problem.description) } }
      self.keys[folder] = keys
      return .service(
        LogBeaconRequest(url: url, domain.logbeacon), LogBeaconOutcome(settings, domain.logbeacon), keys)
    }
  }

  private func take(_ value: String, of pair: KeyPair, _ item: Item, _ keys: LogBeaconKeys) {
    do throws(LogBeaconKeysError) {
      _ = try keys.renew(pair, value: value, ifVersion: item.keyVersion)
    } catch {
      report("the new key of \(pair) could not be stored: \(error)")
    }
  }

  private func version(_ pair: KeyPair, _ keys: LogBeaconKeys) -> Int { keys.key(pair)?.version ?? 0 }

  private func pair(of item: Item) -> KeyPair {
    KeyPair(domain: item.delivery.queue.domain, program: item.event.program ?? settings.defaultProgram)
  }

  private func lane(of pair: KeyPair) -> LaneID { LaneID(scope: pair.domain, name: pair.program) }
}
