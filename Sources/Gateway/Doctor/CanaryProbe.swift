import Core
import HTTPClient
import Platform

/// Sends an event through the running gateway, and follows it until it is delivered or its time is over.
struct CanaryProbe {
  private static let lookMilliseconds: Int32 = 100

  private let settings: Settings
  private let options: Doctor.Options
  private let gateway: GatewayProbe
  private let reader = AnswerReader()

  init(_ settings: Settings, _ options: Doctor.Options, _ gateway: GatewayProbe) {
    self.settings = settings
    self.options = options
    self.gateway = gateway
  }

  func reading() -> CanaryReading {
    let id =
      "doctor-\(String(Clock.unixMilliseconds(), radix: 36))-\(String(Clock.monotonicNanoseconds() % 1_679_616, radix: 36))"
    return CanaryReading(id: id, outcome(id))
  }

  private func outcome(_ id: String) -> CanaryReading.Outcome {
    guard let url = gateway.intake else { return .noGateway }
    let before = gateway.metrics()
    let began = Clock.monotonicNanoseconds()
    let domain = settings.domains[settings.defaultDomain].name
    let response: HTTPResponse
    switch HTTPProbe(timeout: options.timeout).ask([request(url, id, domain)])[0].result {
    case .failure(let error) where error.code == .connect: return .noGateway
    case .failure(let error): return .unanswered(SinkReading.Fault(error).text)
    case .success(let answer): response = answer
    }
    guard response.status == 202, let stored = reader.string(at: ["stored"], in: response.body) else {
      let detail = reader.string(at: ["detail"], in: response.body) ?? "the answer is not a gateway's"
      return .refused(response.status, String(detail.prefix(200)))
    }
    let copies = copies(of: response.body)
    if copies == 0 { return .local }
    guard case .samples(let samples) = before else {
      return .notFollowed(stored: stored, reason: "the metrics of the admin listener could not be read")
    }
    guard samples.values(MetricFamily.deliveries.name).isEmpty == false || settings.queue == .embedded else {
      return .notFollowed(stored: stored, reason: "this process does not deliver; look at a worker's lines for the id")
    }
    return follow(CanaryTrail(domain: domain, before: samples, copies: copies), stored, began)
  }

  private func follow(_ trail: CanaryTrail, _ stored: String, _ began: UInt64) -> CanaryReading.Outcome {
    let limit = UInt64(max(0, options.canaryTimeout / .nanoseconds(1)))
    let patience = Patience()
    var failures = 0
    while Clock.monotonicNanoseconds() - began < limit {
      if case .samples(let now) = gateway.metrics() {
        failures = trail.failures(now)
        if trail.isOver(now) {
          if trail.buried(now) > 0 { return .failing(stored: stored, failures: failures) }
          return .delivered(stored: stored, after: .nanoseconds(Int64(Clock.monotonicNanoseconds() - began)))
        }
      }
      patience.wait(for: .milliseconds(Int64(Self.lookMilliseconds)))
    }
    if failures > 0 { return .failing(stored: stored, failures: failures) }
    guard stored == "broker" else { return .waiting(stored: stored) }
    return .notFollowed(stored: stored, reason: "this process did not deliver it in time; another worker may have")
  }

  private func request(_ url: String, _ id: String, _ domain: String) -> HTTPRequest {
    var request = HTTPRequest(url: "\(url)/log")
    request.headers = [("Content-Type", "application/json")]
    if let token = token(for: domain) { request.headers.append(("Authorization", "Bearer \(token.value)")) }
    request.body = Array(#"{"level":"#.utf8)
    request.body.append(decimal: Int(options.canaryLevel.rawValue))
    request.body.append(#","def_name":"beacongate_doctor","message":"a test of beacongate doctor","id":"#)
    request.body.appendJSONString(Array(id.utf8).span)
    request.body.append(#","domain":"#)
    request.body.appendJSONString(Array(domain.utf8).span)
    request.body.append("}")
    return request
  }

  private func token(for domain: String) -> Secret? {
    if let token = options.token { return token }
    return settings.auth.tokens.first { $0.token != nil && ($0.domains.isEmpty || $0.domains.contains(domain)) }?.token
  }

  private func copies(of answer: [UInt8]) -> Int {
    guard let routes = reader.value(at: ["routes"], in: answer), routes.kind == .array, routes.text != "[]" else {
      return 0
    }
    return routes.text.utf8.count { $0 == UInt8(ascii: ",") } + 1
  }
}
