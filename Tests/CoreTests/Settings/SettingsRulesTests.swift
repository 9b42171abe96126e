import Testing

@testable import Core

@Suite("Rules across keys")
struct SettingsRulesTests {
  typealias Change = @Sendable (inout Settings) -> Void

  static let open = ListenAddress.tcp(host: "0.0.0.0", port: 8080)

  static let mistakes: [(String, Change)] = [
    ("role", { $0.role = .ingest }), ("role", { $0.role = .worker }),
    ("http.listen", { $0.http.listen = [] }),
    ("admin.listen", { $0.admin.listen = $0.http.listen }),
    ("http.listen", { $0.http.listen += $0.http.listen }),
    ("admin.token", { $0.admin.listen = [open] }),
    ("auth.allow_anonymous", { $0.http.listen = [open] }),
    ("auth.allow_anonymous", { $0.auth.allowAnonymous = false }),
    ("http.max_buffered_bytes", { $0.http.maxBufferedBytes = 5 }),
    ("retry.max_delay", { $0.retry.maxDelay = .seconds(1) }),
    ("telegram.repeat_interval", { $0.telegram.repeatInterval = .seconds(1) }),
    ("domains[0].telegram.repeat_interval", { $0.domains[0].telegram.repeatInterval = .seconds(1) }),
    ("http.tls.client_ca", { $0.http.tls.authority = "ca" }),
    (
      "auth.tokens[0].subject",
      {
        $0.auth.tokens = [Settings.Token(name: "t")]
        $0.auth.tokens[0].subject = ClientSubject("CN=t")
      }
    ),
    ("http.tls.certificate", { $0.http.tls.key = "key" }),
    ("auth.tokens[0].domains", { $0.auth.tokens = [Settings.Token(name: "t", domains: ["nowhere"])] }),
    ("queue", { $0.queue = .rabbitmq }),
    (
      "logbeacon.ordered",
      {
        $0.queue = .rabbitmq
        $0.logbeacon.ordered = true
      }
    ),
    (
      "domains[0].logbeacon.ordered",
      {
        $0.queue = .rabbitmq
        $0.domains[0].logbeacon.ordered = true
      }
    ),
    ("routes", { $0.routes[.error] = [.webhook] }),
    ("workers", { $0.workers = [.webhook] }),
    ("domains[0].webhook.secret", { $0.domains[0].webhook.url = .set("http://h/") }),
    (
      "webhook.url",
      {
        $0.domains = [Settings.Domain(name: "a"), Settings.Domain(name: "b")]
        $0.domains[0].webhook.url = .unwanted
        $0.routes[.info] = [.webhook]
      }
    ),
    (
      "domains",
      {
        $0.queue = .rabbitmq
        $0.domains[0].name = String(repeating: "d", count: 237)
      }
    ),
  ]

  @Test(
    "each broken rule names the key to blame",
    arguments: mistakes)
  func broken(key: String, change: Change) {
    var settings = Settings()
    change(&settings)
    let problems = SettingsRules.problems(settings, given: [key: .variable("V")])
    #expect(problems.contains { $0.key == key && $0.origin == .variable("V") })
  }

  static let soundChanges: [Change] = [
    { _ in },
    {
      $0.webhook.url = .unwanted
      $0.domains[0].webhook.url = .unwanted
      $0.routes[.info] = [.webhook]
    },
    {
      $0.http.listen = [open]
      $0.auth.allowAnonymous = true
    },
    {
      $0.admin.listen = [open]
      $0.admin.token = Secret("t")
      $0.http.listen = [.unix(path: "/s")]
    },
    { $0.admin.listen = [] },
    {
      $0.http.listen = [.tcp(host: "127.0.0.1", port: 0)]
      $0.admin.listen = $0.http.listen
    },
  ]

  @Test(
    "what keeps the rules is let through",
    arguments: soundChanges)
  func kept(change: Change) {
    var settings = Settings()
    change(&settings)
    #expect(SettingsRules.problems(settings, given: [:]) == [])
  }

  @Test("a worker is not asked who may send events")
  func worker() {
    var settings = Settings()
    settings.role = .worker
    settings.http.listen = [Self.open]
    #expect(!SettingsRules.problems(settings, given: [:]).contains { $0.key == "auth.allow_anonymous" })
  }

  @Test(
    "anonymous events are taken by default only where no other machine can send them",
    arguments: [
      (["127.0.0.1:1"], nil, true), (["127.9.9.9:1", "[::1]:1", "unix:/s", "localhost:1"], nil, true),
      (["127.0.0.1:1", "10.0.0.1:1"], nil, false), (["[::]:1"], nil, false), (["10.0.0.1:1"], true, true),
      (["127.0.0.1:1"], false, false),
    ] as [([String], Bool?, Bool)])
  func anonymous(listen: [String], written: Bool?, allowed: Bool) {
    var settings = Settings()
    settings.http.listen = listen.compactMap { ListenAddress($0) }
    settings.auth.allowAnonymous = written
    #expect(settings.http.listen.count == listen.count)
    #expect(settings.allowsAnonymous == allowed)
  }
}
