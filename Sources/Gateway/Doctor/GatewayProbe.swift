import Core
import EventLoop
import HTTPClient
import Platform

/// Looks at the addresses of the settings: nobody, a gateway, or somebody else.
final class GatewayProbe {
  private let settings: Settings
  private let probe: HTTPProbe
  private let reader = AnswerReader()

  init(_ settings: Settings, timeout: Duration) {
    self.settings = settings
    probe = HTTPProbe(timeout: timeout)
  }

  func reading(isFolderHeld: Bool) -> GatewayReading {
    var reading = GatewayReading()
    reading.isFolderHeld = isFolderHeld
    let all =
      settings.http.listen.map { ("http.listen", $0, Secret?.none) }
      + settings.admin.listen.map { ("admin.listen", $0, settings.admin.token) }
    for (topic, address, token) in all {
      reading.listeners.append((topic, "\(address)", answer(at: address, token)))
    }
    if reading.isRunning { reading.metrics = metrics() }
    return reading
  }

  /// Where events are posted; `nil` if no listener can be reached over TCP.
  var intake: String? { settings.http.listen.lazy.compactMap { self.url(of: $0) }.first }

  /// Of the admin listener.
  func metrics() -> GatewayReading.Metrics {
    guard let url = settings.admin.listen.lazy.compactMap({ self.url(of: $0) }).first else {
      return .unanswered("it has no TCP address")
    }
    switch probe.ask([probe.get("\(url)/metrics", token: settings.admin.token)])[0].result {
    case .failure(let error): return .unanswered(SinkReading.Fault(error).text)
    case .success(let response) where response.status == 200: return .samples(MetricSamples(parsing: response.body))
    case .success(let response) where response.status == 401 || response.status == 421: return .refused
    case .success(let response): return .unanswered("it answers \(response.status)")
    }
  }

  private func answer(at address: ListenAddress, _ token: Secret?) -> GatewayReading.Answer {
    guard case .tcp(let host, let port) = address else { return .unasked("a Unix socket cannot be asked from here") }
    if port == 0 { return .unasked("the system chooses its port") }
    do throws(SystemError) {
      _ = try Listener(.tcp(host: host, port: port))
      return .free
    } catch {
      guard error.isAddressInUse else { return .unusable("\(error)") }
    }
    guard let url = url(of: address) else { return .unasked("it has no address that can be called") }
    switch probe.ask([probe.get("\(url)/health", token: token)])[0].result {
    case .failure(let error) where error.code == .tls:
      return .unasked("it speaks TLS with a certificate for another name")
    case .failure(let error): return .stranger(SinkReading.Fault(error).text)
    case .success(let response) where response.status == 401 || response.status == 421:
      return .unasked("it answers \(response.status): the token or the host's name is not the one that it wants")
    case .success(let response):
      return health(response).map { .gateway($0) } ?? .stranger("it answers \(response.status)")
    }
  }

  /// `nil` if it is not a gateway's.
  private func health(_ response: HTTPResponse) -> GatewayReading.Health? {
    guard let version = reader.string(at: ["version"], in: response.body),
      let role = reader.string(at: ["role"], in: response.body),
      let status = reader.string(at: ["status"], in: response.body)
    else { return nil }
    let troubles = ["broker", "spool", "logbeacon", "telegram", "webhook"].compactMap { part -> String? in
      guard let status = reader.string(at: ["checks", part, "status"], in: response.body), status != "pass" else {
        return nil
      }
      return "\(part): \(reader.string(at: ["checks", part, "detail"], in: response.body) ?? status)"
    }
    let detail = reader.string(at: ["detail"], in: response.body)
    return GatewayReading.Health(
      version: version, role: role, status: status, troubles: troubles + [detail].compactMap { $0 })
  }

  /// How this machine reaches a listener.
  private func url(of address: ListenAddress) -> String? {
    let isPublic = settings.http.listen.contains(address)
    return address.url(scheme: isPublic && settings.http.tls.certificate != nil ? "https" : "http")
  }
}
