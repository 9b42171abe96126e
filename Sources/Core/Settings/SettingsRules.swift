/// The rules across keys: what no single key can know.
enum SettingsRules {
  /// `given` tells where each key that somebody wrote stands.
  static func problems(_ settings: Settings, given: [String: SettingsOrigin]) -> [SettingsProblem] {
    let found = roles(settings) + listeners(settings) + access(settings) + bounds(settings) + webhook(settings)
    return found.map { rule in
      SettingsProblem(given[rule.key], rule.key, rule.problem, mend: rule.mend)
    }
  }

  /// A broken rule, by the key that is to blame.
  struct Broken {
    let key: String
    let problem: String
    let mend: String

    init(_ key: String, _ problem: String, mend: String) {
      self.key = key
      self.problem = problem
      self.mend = mend
    }
  }

  private static func roles(_ settings: Settings) -> [Broken] {
    var broken: [Broken] = []
    if settings.role != .all, settings.broker.urls.isEmpty {
      broken.append(
        Broken(
          "role", "\(settings.role.rawValue) needs a broker between intake and delivery",
          mend: "set broker.urls, or use role all"))
    }
    if settings.role != .all, settings.queue == .embedded, !settings.broker.urls.isEmpty {
      broken.append(
        Broken("queue", "embedded is for role all only", mend: "use queue rabbitmq, or role all"))
    }
    if settings.queue == .rabbitmq, settings.broker.urls.isEmpty {
      broken.append(Broken("queue", "rabbitmq needs broker.urls", mend: "set broker.urls, or use queue embedded"))
    }
    if settings.queue == .rabbitmq {
      for (index, domain) in settings.domains.enumerated() where domain.name.utf8.count > QueueName.maxDomainBytes {
        broken.append(
          Broken(
            "domains", "the name of domain \(index + 1) has \(domain.name.utf8.count) bytes",
            mend: "names of queues at a broker leave \(QueueName.maxDomainBytes)"))
      }
    }
    return broken + order(settings)
  }

  /// At a broker several workers take copies of one pair, and it gives out again what was in hand.
  private static func order(_ settings: Settings) -> [Broken] {
    guard settings.queue == .rabbitmq else { return [] }
    let keys =
      settings.logbeacon.ordered
      ? ["logbeacon.ordered"]
      : settings.domains.indices.filter { settings.domains[$0].logbeacon.ordered }.map {
        "domains[\($0)].logbeacon.ordered"
      }
    return keys.map {
      Broken(
        $0, "only the embedded queue keeps the order", mend: "set logbeacon.ordered to false, or use queue embedded")
    }
  }

  private static func listeners(_ settings: Settings) -> [Broken] {
    var broken: [Broken] = []
    if settings.http.listen.isEmpty {
      broken.append(Broken("http.listen", "there is no address to listen on", mend: "write at least one"))
    }
    var taken: Set<ListenAddress> = []
    for (key, addresses) in [("http.listen", settings.http.listen), ("admin.listen", settings.admin.listen)] {
      for address in addresses where !address.isChosenBySystem {
        if !taken.insert(address).inserted {
          broken.append(Broken(key, "\(address) is given twice", mend: "give each listener its own address"))
        }
      }
    }
    if settings.http.proxyProtocol, settings.http.trustedProxies.isEmpty {
      broken.append(
        Broken(
          "http.proxy_protocol", "no proxy is trusted, so nobody could connect",
          mend: "set http.trusted_proxies, or set it to false"))
    }
    let tls = settings.http.tls
    if (tls.certificate == nil) != (tls.key == nil) {
      broken.append(Broken("http.tls.certificate", "certificate and key go together", mend: "set both or neither"))
    }
    if tls.authority != nil, tls.certificate == nil {
      broken.append(Broken("http.tls.client_ca", "client certificates need TLS", mend: "set http.tls.certificate"))
    }
    return broken
  }

  private static func access(_ settings: Settings) -> [Broken] {
    var broken: [Broken] = []
    if let open = settings.admin.listen.first(where: { !$0.isLocal }), settings.admin.token == nil {
      broken.append(
        Broken(
          "admin.token", "other machines can reach the admin listener \(open), and no token is set",
          mend: "set admin.token, or listen on 127.0.0.1"))
    }
    guard settings.role != .worker else { return broken }
    if settings.http.tls.authority == nil, let index = settings.auth.tokens.firstIndex(where: { $0.subject != nil }) {
      broken.append(
        Broken(
          "auth.tokens[\(index)].subject", "clients are not asked for a certificate",
          mend: "set http.tls.client_ca, or use a token"))
    }
    guard settings.auth.tokens.isEmpty, !settings.allowsAnonymous else { return broken }
    if settings.auth.allowAnonymous == false {
      broken.append(
        Broken(
          "auth.allow_anonymous", "it is false and no token is configured, so nobody could send events",
          mend: "add auth.tokens, or set it to true"))
    } else if let open = settings.http.listen.first(where: { !$0.isLocal }) {
      broken.append(
        Broken(
          "auth.allow_anonymous", "other machines can reach \(open), and no token is configured",
          mend: "add auth.tokens, set it to true, or listen on 127.0.0.1"))
    }
    return broken
  }

  private static func bounds(_ settings: Settings) -> [Broken] {
    var broken: [Broken] = []
    if settings.http.maxBufferedBytes < settings.http.maxBodyBytes {
      broken.append(
        Broken("http.max_buffered_bytes", "it is smaller than http.max_body_bytes", mend: "make it at least as large"))
    }
    if settings.retry.maxDelay < settings.retry.delay {
      broken.append(Broken("retry.max_delay", "it is shorter than retry.delay", mend: "make it at least as long"))
    }
    let windows =
      [("telegram", settings.telegram)]
      + settings.domains.enumerated().filter { $0.element.telegram != settings.telegram }
      .map { ("domains[\($0.offset)].telegram", $0.element.telegram) }
    for (key, telegram) in windows where telegram.repeatInterval < telegram.groupWindow {
      broken.append(
        Broken("\(key).repeat_interval", "it is shorter than group_window", mend: "make it at least as long"))
    }
    let known = Set(settings.domains.map(\.name))
    for (index, token) in settings.auth.tokens.enumerated() {
      for name in token.domains where !known.contains(name) {
        broken.append(
          Broken("auth.tokens[\(index)].domains", "\(name) is not among the domains", mend: "add it to domains"))
      }
    }
    return broken
  }
}

extension Settings {
  /// The rules across keys that these settings break.
  package var problems: [SettingsProblem] { SettingsRules.problems(self, given: [:]) }
}

extension ListenAddress {
  /// Port 0: each listener gets a free port of its own.
  fileprivate var isChosenBySystem: Bool {
    if case .tcp(_, port: 0) = self { true } else { false }
  }
}
