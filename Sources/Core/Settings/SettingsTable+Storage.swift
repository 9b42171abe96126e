extension SettingsTable {
  static let broker: [SettingsKey<Settings>] = [
    SettingsKey(
      "broker.urls", \.broker.urls, SettingsCodec<Secret>.brokerURL.list("list of URLs", limit: 64), "none", .restart,
      "`amqp://` or `amqps://`; shuffled, tried in turn"),
    SettingsKey(
      "broker.queue_type", \.broker.queueType, SettingsCodec<Settings.QueueType>.choice.optional("none"), "none",
      .restart, "for queues that do not exist yet; `none` is plain durable"),
    SettingsKey(
      "broker.confirm_timeout", \.broker.confirmTimeout, .duration(.milliseconds(1) ... .seconds(600)), "1s", .restart,
      "a copy unconfirmed for this long goes to the spool"),
    SettingsKey(
      "broker.heartbeat", \.broker.heartbeat, .duration(.seconds(1) ... .seconds(3600)), "20s", .restart,
      "AMQP heartbeat"),
    SettingsKey(
      "broker.prefetch", \.broker.prefetch, .integer(1...65535), "200", .restart,
      "unsettled copies per consumer, to begin with"),
    SettingsKey(
      "broker.packing", \.broker.packing, .boolean, "false", .restart,
      "copies of one queue that wait at the same moment travel as one message; every worker must know such messages"),
    SettingsKey("broker.tls.ca", \.broker.tls.authority, .authorities, "system", .restart, "private authority"),
    SettingsKey("broker.tls.certificate", \.broker.tls.certificate, .file, "none", .restart, "client certificate"),
    SettingsKey("broker.tls.key", \.broker.tls.key, .file, "none", .restart, "key of the client certificate"),
    SettingsKey(
      "broker.reconnect.attempts", \.broker.reconnectAttempts, .integer(1...1000), "3", .restart,
      "attempts before a pause"),
    SettingsKey(
      "broker.reconnect.interval", \.broker.reconnectInterval, .duration(.milliseconds(1) ... .seconds(3600)), "10s",
      .restart, "time between attempts"),
    SettingsKey(
      "broker.reconnect.pause", \.broker.reconnectPause, .duration(.milliseconds(1) ... .seconds(3600)), "30s",
      .restart, "time before the attempts start again"),
    SettingsKey(
      "fallback", \.fallback, .choice, "direct", .restart,
      "with the broker away: deliver spooled copies ourselves, or hold them"),
    SettingsKey(
      "fallback_after", \.fallbackAfter, .duration(.zero ... .seconds(86400)), "10s", .restart,
      "how long the broker must have been away"),
  ]

  static let storage: [SettingsKey<Settings>] = [
    SettingsKey(
      "spool.max_bytes", \.spool.maxBytes, .size(4096...(1 << 46)), "1GiB", .live,
      "live bytes of spool and embedded queue; beyond it 503"),
    SettingsKey("spool.sync", \.spool.sync, .choice, "full", .restart, "fsync before the 2xx"),
    SettingsKey(
      "dead.max_bytes", \.deadMaxBytes, .size(4096...(1 << 46)), "256MiB", .live,
      "dead letters; a full store pauses that sink"),
    SettingsKey(
      "intake.dedup_window", \.dedupWindow, .duration(.zero ... .seconds(86400)), "10m", .live,
      "how long a repeated id is recognised"),
    SettingsKey(
      "worker.parked_max", \.worker.parkedMax, .integer(1...10_000_000), "20000", .live,
      "copies that a worker may hold back per queue"),
    SettingsKey(
      "worker.health_interval", \.worker.healthInterval, .duration(.milliseconds(10) ... .seconds(86400)), "60s", .live,
      "time between a worker's health lines"),
    SettingsKey(
      "worker.max_failures", \.worker.maxFailures, .integer(1...1_000_000), "5", .live,
      "failed checks in a row after which a worker gives up"),
  ]
}
