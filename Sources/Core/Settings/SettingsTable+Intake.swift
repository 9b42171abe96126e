extension SettingsTable {
  static let general: [SettingsKey<Settings>] = [
    SettingsKey(
      "role", \.role, .choice, "all", .restart, "what the process does: everything, intake only, or delivery only"),
    SettingsKey(
      "workers", \.workers, .sinks, "[logbeacon, telegram, webhook]", .restart,
      "the consumer loops that run here; `none` runs none"),
    SettingsKey(
      "data_dir", \.dataDirectory, .text(.path), "./data", .restart,
      "spool, embedded queue and keys; created with mode 0700"),
    SettingsKey("locale", \.locale, .choice, "zh-Hant", .restart, "language of console and notification texts"),
    SettingsKey(
      "timezone", \.timeZone, SettingsCodec<String>.text(.timeZone).optional("system"), "system", .restart,
      "zone of the times in these texts"),
    SettingsKey(
      "queue", \.queue, .choice, .words("`rabbitmq` if `broker.urls` is set, else `embedded`"), .restart,
      "`embedded` needs no broker at all"),
  ]

  static let http: [SettingsKey<Settings>] = [
    SettingsKey(
      "http.listen", \.http.listen, .addresses, "127.0.0.1:8080", .restart,
      "where events are taken; `[::]:8080` and `unix:/path` too"),
    SettingsKey(
      "http.threads", \.http.threads, .count(upTo: 1024), .words("number of cores"), .restart, "event loops"),
    SettingsKey(
      "http.max_body_bytes", \.http.maxBodyBytes, .size(1...(256 << 20)), "1048576", .live,
      "largest body, after decompression, batches too (413)"),
    SettingsKey(
      "http.max_header_bytes", \.http.maxHeaderBytes, .size(256...(1 << 20)), "16384", .live,
      "all header bytes of a request (431)"),
    SettingsKey(
      "http.max_headers", \.http.maxHeaders, .integer(1...10000), "100", .live, "header lines of a request (431)"),
    SettingsKey(
      "http.max_connections", \.http.maxConnections, .integer(1...1_000_000), "10000", .live,
      "further ones wait in the backlog or get 503"),
    SettingsKey(
      "http.max_connections_per_address", \.http.maxConnectionsPerAddress, .integer(0...1_000_000), "1000", .live,
      "of one client address, further ones are closed; 0 for no limit; not of loopback and of proxies"),
    SettingsKey(
      "http.trusted_proxies", \.http.trustedProxies, .proxies, "none", .live,
      "whose PROXY header, X-Forwarded-For and Forwarded are believed: addresses, ranges such as `10.0.0.0/8`, and `unix`"
    ),
    SettingsKey(
      "http.proxy_protocol", \.http.proxyProtocol, .boolean, "false", .live,
      "trusted proxies begin each connection with a PROXY header, version 1 or 2; nobody else may connect"),
    SettingsKey(
      "http.max_buffered_bytes", \.http.maxBufferedBytes, .size(1...(1 << 40)), "64MiB", .live,
      "all request bytes in memory together; beyond it bodies are not read, then 503"),
    SettingsKey(
      "http.header_timeout", \.http.headerTimeout, .duration(.milliseconds(10) ... .seconds(3600)), "10s", .live,
      "time for a request's head (408)"),
    SettingsKey(
      "http.body_timeout", \.http.bodyTimeout, .duration(.milliseconds(10) ... .seconds(3600)), "30s", .live,
      "time for a request's body (408)"),
    SettingsKey(
      "http.idle_timeout", \.http.idleTimeout, .duration(.milliseconds(10) ... .seconds(86400)), "75s", .live,
      "an idle connection is closed after this"),
    SettingsKey(
      "http.tls.certificate", \.http.tls.certificate, .file, "none", .live, "PEM chain for TLS 1.2 and later"),
    SettingsKey("http.tls.key", \.http.tls.key, .file, "none", .live, "PEM key of the certificate"),
    SettingsKey(
      "http.tls.client_ca", \.http.tls.authority, .file, "none", .live, "PEM authorities that clients must show"),
  ]

  static let admin: [SettingsKey<Settings>] = [
    SettingsKey(
      "admin.listen", \.admin.listen, .addresses, "127.0.0.1:8081", .restart,
      "metrics and administration; `none` for no such listener"),
    SettingsKey(
      "admin.token", \.admin.token, SettingsCodec<Secret>.secret(.token).optional("none"), "none", .live,
      "bearer token, or a browser's password; required when `admin.listen` is not loopback"),
    SettingsKey(
      "admin.hosts", \.admin.hosts, SettingsCodec<String>.text(.host).list("list of hosts", limit: 64), "none", .live,
      "further names that a `Host` header may have there"),
    SettingsKey(
      "auth.tokens", \.auth.tokens, .tokens, "none", .live, "bearer tokens of clients, or whom their certificates name"),
    SettingsKey(
      "auth.allow_anonymous", \.auth.allowAnonymous, SettingsCodec<Bool>.boolean.optional("auto"),
      .words("true only if every listen address is loopback or a Unix socket"), .live,
      "whether events are taken without a token"),
  ]

  static let events: [SettingsKey<Settings>] = [
    SettingsDomains.key,
    SettingsKey(
      "default_domain", \.defaultDomainName, .text(.name(upTo: 255)), .words("first domain"), .live,
      "for events that name none"),
    SettingsKey(
      "default_program", \.defaultProgram, .text(.name(upTo: 64)), "default", .live, "for events that name none"),
    SettingsKey(
      "routes", \.routes, .routes, "{}", .live,
      "where each level goes besides the console; levels left out keep the guide's routes"),
  ]
}
