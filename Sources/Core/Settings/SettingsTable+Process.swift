extension SettingsTable {
  static let delivery: [SettingsKey<Settings>] = [
    SettingsKey(
      "retry.max_attempts", \.retry.maxAttempts, .integer(1...1_000_000), "12", .live,
      "attempts before a copy becomes a dead letter"),
    SettingsKey(
      "retry.delay", \.retry.delay, .duration(.milliseconds(1) ... .seconds(86400)), "2s", .live,
      "first wait; it doubles, with full jitter"),
    SettingsKey(
      "retry.max_delay", \.retry.maxDelay, .duration(.milliseconds(1) ... .seconds(86400)), "10m", .live,
      "longest wait"),
  ]

  static let process: [SettingsKey<Settings>] = [
    SettingsKey(
      "shutdown.grace", \.shutdown.grace, .duration(.zero ... .seconds(3600)), "5s", .live,
      "time for work in flight after SIGTERM"),
    SettingsKey(
      "shutdown.delay", \.shutdown.delay, .duration(.zero ... .seconds(3600)), "0s", .live,
      "/health is 503 that long while intake still accepts"),
    SettingsKey(
      "console.format", \.console.format, .choice, "auto", .restart, "`auto` is `pretty` on a terminal, else `json`"),
    SettingsKey("console.color", \.console.color, .choice, "auto", .restart, "colours of `pretty`"),
    SettingsKey(
      "monitor.api_time", \.monitor.apiTime, .boolean, "true", .live,
      "whether slow requests of our own become level 99 events"),
    SettingsKey(
      "monitor.threshold", \.monitor.threshold, .duration(.milliseconds(1) ... .seconds(3600)), "2s", .live,
      "what slow means"),
    SettingsKey(
      "limits.extra_info", \.limits.extraInfo, .integer(1...1_000_000), "3000", .live,
      "longest `extra_info`, in Unicode scalars"),
    SettingsKey(
      "limits.message", \.limits.message, .integer(1...1_000_000), "10000", .live,
      "longest `message`, in Unicode scalars"),
    SettingsKey(
      "limits.response", \.limits.response, .integer(1...1_000_000), "500", .live,
      "longest answer in a log, in Unicode scalars"),
  ]
}
