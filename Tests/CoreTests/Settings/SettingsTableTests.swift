import Testing

@testable import Core

@Suite("The table of configuration keys")
struct SettingsTableTests {
  /// The rows of the published table: key, variable, and the default as written there.
  static let published: [(String, String)] = [
    ("role", "all"), ("workers", "[logbeacon, telegram, webhook]"), ("data_dir", "./data"), ("locale", "zh-Hant"),
    ("timezone", "system"), ("queue", "`rabbitmq` if `broker.urls` is set, else `embedded`"),
    ("http.listen", "127.0.0.1:8080"), ("http.threads", "number of cores"), ("http.max_body_bytes", "1048576"),
    ("http.max_header_bytes", "16384"), ("http.max_headers", "100"), ("http.max_connections", "10000"),
    ("http.max_connections_per_address", "1000"), ("http.trusted_proxies", "none"), ("http.proxy_protocol", "false"),
    ("http.max_buffered_bytes", "64MiB"), ("http.header_timeout", "10s"), ("http.body_timeout", "30s"),
    ("http.idle_timeout", "75s"), ("http.tls.certificate", "none"), ("http.tls.key", "none"),
    ("http.tls.client_ca", "none"), ("admin.listen", "127.0.0.1:8081"), ("admin.token", "none"),
    ("admin.hosts", "none"), ("auth.tokens", "none"),
    ("auth.allow_anonymous", "true only if every listen address is loopback or a Unix socket"),
    ("domains", "localhost"), ("default_domain", "first domain"), ("default_program", "default"), ("routes", "{}"),
    ("broker.urls", "none"), ("broker.queue_type", "none"), ("broker.confirm_timeout", "1s"),
    ("broker.heartbeat", "20s"), ("broker.prefetch", "200"), ("broker.packing", "false"), ("broker.tls.ca", "system"),
    ("broker.tls.certificate", "none"), ("broker.tls.key", "none"), ("broker.reconnect.attempts", "3"),
    ("broker.reconnect.interval", "10s"), ("broker.reconnect.pause", "30s"), ("fallback", "direct"),
    ("fallback_after", "10s"), ("spool.max_bytes", "1GiB"), ("spool.sync", "full"), ("dead.max_bytes", "256MiB"),
    ("intake.dedup_window", "10m"), ("worker.parked_max", "20000"), ("worker.health_interval", "60s"),
    ("worker.max_failures", "5"), ("logbeacon.url", "none"), ("logbeacon.key_dir", "`data_dir/keys`"),
    ("logbeacon.key_header", "X-API-Key"), ("logbeacon.key_fields", "[new_api_key, api_key, data.api_key]"),
    ("logbeacon.timeout", "10s"), ("logbeacon.concurrency", "16"), ("logbeacon.ordered", "false"),
    ("logbeacon.fields", "{}"),
    ("logbeacon.headers", "{}"), ("logbeacon.tls.ca", "system"), ("telegram.api_base", "https://api.telegram.org"),
    ("telegram.bot_token", "none"), ("telegram.developer.chat_id", "none"), ("telegram.developer.thread_id", "none"),
    ("telegram.developer.silent", "false"), ("telegram.developer.template", "standard"),
    ("telegram.customer.chat_id", "none"),
    ("telegram.customer.thread_id", "none"), ("telegram.customer.silent", "false"),
    ("telegram.customer.template", "standard"), ("telegram.group_window", "60s"),
    ("telegram.repeat_interval", "4h"), ("telegram.max_age", "off"), ("webhook.url", "none"),
    ("webhook.secret", "none"), ("webhook.timeout", "10s"), ("webhook.concurrency", "16"), ("webhook.tls.ca", "system"),
    ("retry.max_attempts", "12"),
    ("retry.delay", "2s"), ("retry.max_delay", "10m"), ("shutdown.grace", "5s"), ("shutdown.delay", "0s"),
    ("console.format", "auto"), ("console.color", "auto"), ("monitor.api_time", "true"), ("monitor.threshold", "2s"),
    ("limits.extra_info", "3000"), ("limits.message", "10000"), ("limits.response", "500"),
  ]

  @Test("has exactly the published keys with their published defaults, in that order")
  func keys() {
    #expect(SettingsTable.rows.map(\.path) == Self.published.map(\.0))
    #expect(SettingsTable.rows.map { $0.standard.description } == Self.published.map(\.1))
  }

  @Test("the written default of each key reads as the default that is in force", arguments: published.map(\.0))
  func defaults(path: String) throws {
    let row = try #require(SettingsTable.row(path))
    guard case .literal(let text) = row.standard else { return }
    var settings = Settings()
    var problems: [SettingsProblem] = []
    row.decode(Self.value(text), path, &settings, &problems)
    #expect(problems.isEmpty)
    #expect(settings == Settings())
  }

  @Test("what nobody wrote is the default, domain blocks included")
  func nothing() throws {
    let outcome = SettingsResolver.resolve(file: nil)
    #expect(outcome.problems.isEmpty)
    #expect(try #require(outcome.settings) == Settings())
  }

  @Test("defaults have the values that the guide and the contracts name")
  func values() {
    let settings = Settings()
    #expect(settings.http.listen == [.tcp(host: "127.0.0.1", port: 8080)])
    #expect(settings.http.maxBufferedBytes == 67_108_864)
    #expect(settings.http.idleTimeout == .seconds(75))
    #expect(settings.broker.reconnectAttempts == 3)
    #expect(settings.broker.reconnectInterval == .seconds(10))
    #expect(settings.broker.reconnectPause == .seconds(30))
    #expect(settings.retry.delay == .seconds(2))
    #expect(settings.limits.extraInfo == 3000)
    #expect(settings.limits.response == 500)
    #expect(settings.shutdown.grace == .seconds(5))
    #expect(settings.worker.healthInterval == .seconds(60))
    #expect(settings.worker.maxFailures == 5)
    #expect(settings.telegram.repeatInterval == .seconds(14400))
    #expect(settings.telegram.maxAge == nil)
  }

  @Test("each key has a variable of its own")
  func variables() {
    #expect(SettingsVariables.name(of: "http.listen") == "BEACONGATE_HTTP_LISTEN")
    #expect(SettingsVariables.name(of: "telegram.developer.chat_id") == "BEACONGATE_TELEGRAM_DEVELOPER_CHAT_ID")
    let names = SettingsTable.rows.map { SettingsVariables.name(of: $0.path) }
    #expect(Set(names).count == names.count)
    #expect(!names.contains { $0.hasSuffix("_FILE") })
  }

  @Test("the documentation has one line per key, and no cell breaks it")
  func documentation() {
    let lines = SettingsTable.markdown.split(separator: "\n")
    #expect(lines.count == SettingsTable.rows.count + 2)
    #expect(lines.allSatisfy { $0.filter { $0 == "|" }.count == 6 })
    #expect(lines.contains { $0.hasPrefix("| `http.listen` | list of addresses | `127.0.0.1:8080` | restart | ") })
  }

  /// A default as a reader of the file would see it: `[a, b]` is a list, `{}` an empty map, the rest a plain scalar.
  private static func value(_ text: String) -> SettingsValue {
    let origin = SettingsOrigin.variable("TEST")
    if text == "{}" { return SettingsValue(origin, .map([])) }
    guard text.hasPrefix("[") else { return SettingsValue(origin, .scalar(text, isPlain: true)) }
    return SettingsValue(origin, .scalar(String(text.dropFirst().dropLast()), isPlain: true))
  }
}
