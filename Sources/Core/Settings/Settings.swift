/// Every setting of contracts.md §3 with its default: what a process runs with once file, variables and flags are read.
package struct Settings: Sendable, Equatable {
  package var role = Role.all
  package var workers = Set(Sink.allCases)
  package var dataDirectory = "./data"
  package var locale = Locale.traditionalChinese
  /// An IANA name; `nil` is the system's.
  package var timeZone: String?
  package var queue = QueueKind.embedded
  package var http = HTTP()
  package var admin = Admin()
  package var auth = Auth()
  package var domains = [Domain(name: "localhost")]
  /// Index into `domains`.
  package var defaultDomain = 0
  package var defaultProgram = "default"
  package var routes = RouteTable()
  package var broker = Broker()
  package var fallback = Fallback.direct
  package var fallbackAfter = Duration.seconds(10)
  package var spool = Spool()
  package var deadMaxBytes = 256 << 20
  package var dedupWindow = Duration.seconds(600)
  package var worker = Worker()
  package var logbeacon = LogBeacon()
  package var telegram = Telegram()
  package var webhook = Webhook()
  package var retry = Retry()
  package var shutdown = Shutdown()
  package var console = Console()
  package var monitor = Monitor()
  package var limits = Limits()

  package init() {}
}

extension Settings {
  package enum Role: String, Sendable, CaseIterable { case all, ingest, worker }
  package enum Locale: String, Sendable, CaseIterable {
    case traditionalChinese = "zh-Hant"
    case english = "en"
  }
  package enum QueueKind: String, Sendable, CaseIterable { case rabbitmq, embedded }
  package enum QueueType: String, Sendable, CaseIterable { case classic, quorum }
  package enum Fallback: String, Sendable, CaseIterable { case direct, hold }
  package enum SpoolSync: String, Sendable, CaseIterable { case full }
  package enum ConsoleFormat: String, Sendable, CaseIterable { case auto, pretty, json, off }
  package enum ConsoleColor: String, Sendable, CaseIterable { case auto, always, never }

  package struct HTTP: Sendable, Equatable {
    package var listen = [ListenAddress.tcp(host: "127.0.0.1", port: 8080)]
    /// Event loops; 0 is the number of cores.
    package var threads = 0
    package var maxBodyBytes = 1 << 20
    package var maxHeaderBytes = 16384
    package var maxHeaders = 100
    package var maxConnections = 10000
    /// 0 is no limit.
    package var maxConnectionsPerAddress = 1000
    package var trustedProxies: [TrustedProxy] = []
    /// Trusted proxies begin with a PROXY header, and nobody else may connect.
    package var proxyProtocol = false
    package var maxBufferedBytes = 64 << 20
    package var headerTimeout = Duration.seconds(10)
    package var bodyTimeout = Duration.seconds(30)
    package var idleTimeout = Duration.seconds(75)
    package var tls = TLS()
    package init() {}
  }

  /// Paths of PEM files, `nil` where none is configured.
  package struct TLS: Sendable, Equatable {
    package var certificate: String?
    package var key: String?
    /// A client authority on a listener, a private authority on an outgoing connection.
    package var authority: String?
    package init() {}
  }

  package struct Admin: Sendable, Equatable {
    package var listen: [ListenAddress] = [.tcp(host: "127.0.0.1", port: 8081)]
    package var token: Secret?
    package var hosts: [String] = []
    package init() {}
  }

  package struct Auth: Sendable, Equatable {
    package var tokens: [Token] = []
    /// `nil`: true only if every listen address is loopback or a Unix socket.
    package var allowAnonymous: Bool?
    package init() {}
  }

  package struct Token: Sendable, Equatable {
    package var name: String
    /// Lower-case hexadecimal SHA-256 of the token.
    package var sha256: String?
    package var token: Secret?
    /// In place of a token: whom the client's certificate names.
    package var subject: ClientSubject?
    package var domains: [String]
    /// Events a second; `nil` is unlimited.
    package var rate: Double?
    package var burst: Int?
    package init(name: String, domains: [String] = []) {
      self.name = name
      self.domains = domains
    }
  }

  /// A domain and what it overrides; its blocks are complete, the global ones already merged in.
  package struct Domain: Sendable, Equatable {
    package var name: String
    /// Events a second, whoever sends them; `nil` is unlimited.
    package var rate: Double?
    package var burst: Int?
    package var logbeacon = LogBeacon()
    package var telegram = Telegram()
    package var webhook = Webhook()
    package init(name: String) { self.name = name }
  }

  package struct Broker: Sendable, Equatable {
    package var urls: [Secret] = []
    package var queueType: QueueType?
    package var confirmTimeout = Duration.seconds(1)
    package var heartbeat = Duration.seconds(20)
    package var prefetch = 200
    package var packing = false
    package var tls = TLS()
    package var reconnectAttempts = 3
    package var reconnectInterval = Duration.seconds(10)
    package var reconnectPause = Duration.seconds(30)
    package init() {}
  }

  package struct Spool: Sendable, Equatable {
    package var maxBytes = 1 << 30
    package var sync = SpoolSync.full
    package init() {}
  }

  package struct Worker: Sendable, Equatable {
    package var parkedMax = 20000
    package var healthInterval = Duration.seconds(60)
    package var maxFailures = 5
    package init() {}
  }

  package struct LogBeacon: Sendable, Equatable {
    package var url = Target.unset
    /// `nil`: `keys` in the data directory.
    package var keyDirectory: String?
    package var keyHeader = "X-API-Key"
    /// One call at a time for each pair, in the order of acceptance.
    package var ordered = false
    package var keyFields = ["new_api_key", "api_key", "data.api_key"]
    package var timeout = Duration.seconds(10)
    package var concurrency = 16
    /// Names in the body to be renamed: from, to.
    package var fields: [String: String] = [:]
    package var headers: [String: Secret] = [:]
    package var tls = TLS()
    package init() {}
  }

  package struct Telegram: Sendable, Equatable {
    package var apiBase = "https://api.telegram.org"
    package var botToken = SecretTarget.unset
    package var developer = Chat()
    package var customer = Chat()
    package var groupWindow = Duration.seconds(60)
    package var repeatInterval = Duration.seconds(4 * 3600)
    /// `nil` is off.
    package var maxAge: Duration?
    package init() {}
  }

  package struct Chat: Sendable, Equatable {
    package var id = Target.unset
    package var thread: Int64?
    package var silent = false
    /// `nil`: the guide's text.
    package var template: MessageTemplate?
    package init() {}
  }

  package struct Webhook: Sendable, Equatable {
    package var url = Target.unset
    /// Signs every call; there is one wherever there is an address.
    package var secret: Secret?
    package var timeout = Duration.seconds(10)
    package var concurrency = 16
    package var tls = TLS()
    package init() {}
  }

  /// A sink's address: not configured, declared unwanted by the word `none`, or given.
  package enum Target: Sendable, Equatable {
    case unset
    case unwanted
    case set(String)
  }

  package enum SecretTarget: Sendable, Equatable {
    case unset
    case unwanted
    case set(Secret)
  }

  package struct Retry: Sendable, Equatable {
    package var maxAttempts = 12
    package var delay = Duration.seconds(2)
    package var maxDelay = Duration.seconds(600)
    package init() {}
  }

  package struct Shutdown: Sendable, Equatable {
    package var grace = Duration.seconds(5)
    package var delay = Duration.zero
    package init() {}
  }

  package struct Console: Sendable, Equatable {
    package var format = ConsoleFormat.auto
    package var color = ConsoleColor.auto
    package init() {}
  }

  package struct Monitor: Sendable, Equatable {
    package var apiTime = true
    package var threshold = Duration.seconds(2)
    package init() {}
  }

  /// In Unicode scalars.
  package struct Limits: Sendable, Equatable {
    package var extraInfo = 3000
    package var message = 10000
    package var response = 500
    package init() {}
  }
}
