extension SettingsTable {
  /// The members of a LogBeacon body, in its order.
  package static let logbeaconMembers = [
    "id", "timestamp", "domain", "program_name", "level", "level_name", "def_name", "message", "extra_info",
    "hash_value",
  ]

  /// Keys of the `logbeacon` block, global or of a domain.
  static let logbeacon: [SettingsKey<Settings.LogBeacon>] = [
    SettingsKey(
      "url", \.url, .url, .words("none"), .live, "where events are posted; `none` declares the sink unwanted"),
    SettingsKey(
      "key_dir", \.keyDirectory, SettingsCodec<String>.text(.path).optional("auto"), .words("`data_dir/keys`"),
      .restart, "folder of the API key files"),
    SettingsKey("key_header", \.keyHeader, .text(.headerName), "X-API-Key", .live, "header that carries the key"),
    SettingsKey(
      "key_fields", \.keyFields, SettingsCodec<String>.text(.line).list("list of names", limit: 64),
      "[new_api_key, api_key, data.api_key]", .live, "members of an answer that may bring a new key"),
    SettingsKey(
      "timeout", \.timeout, .duration(.milliseconds(10) ... .seconds(600)), "10s", .live, "time for one call"),
    SettingsKey("concurrency", \.concurrency, .integer(1...1024), "16", .live, "calls in flight for a domain"),
    SettingsKey(
      "ordered", \.ordered, .boolean, "false", .restart,
      "events of one domain and program one at a time, in the order of acceptance; embedded queue only"),
    SettingsKey("fields", \.fields, .renames(of: logbeaconMembers), "{}", .live, "new names for members of the body"),
    SettingsKey("headers", \.headers, .headers, "{}", .live, "headers added to each call"),
    SettingsKey("tls.ca", \.tls.authority, .authorities, "system", .live, "private authority"),
  ]

  /// Keys of the `telegram` block, global or of a domain.
  static let telegram: [SettingsKey<Settings.Telegram>] =
    [
      SettingsKey("api_base", \.apiBase, .baseURL, "https://api.telegram.org", .live, "the Bot API's address"),
      SettingsKey(
        "bot_token", \.botToken, .botToken, .words("none"), .live,
        "the bot's token; `none` declares the sink unwanted"),
    ]
    + chat.map { $0.lifted(to: "developer", \.developer) }
    + chat.map { $0.lifted(to: "customer", \.customer) }
    + [
      SettingsKey(
        "group_window", \.groupWindow, .duration(.zero ... .seconds(86400)), "60s", .live,
        "repeats within it become one digest"),
      SettingsKey(
        "repeat_interval", \.repeatInterval, .duration(.zero ... .seconds(604800)), "4h", .live,
        "longest window while repeats keep coming"),
      SettingsKey(
        "max_age", \.maxAge, SettingsCodec<Duration>.duration(.seconds(1) ... .seconds(31_536_000)).optional("off"),
        "off", .live, "older messages become a line in the next digest"),
    ]

  /// Keys of the `webhook` block, global or of a domain.
  static let webhook: [SettingsKey<Settings.Webhook>] = [
    SettingsKey(
      "url", \.url, .url, .words("none"), .live,
      "where events are posted, signed; `none` declares the sink unwanted"),
    SettingsKey(
      "secret", \.secret, SettingsCodec<Secret>.webhookSecret.optional("none"), "none", .live,
      "signs each call: `whsec_` and base64, or a text of 24 characters and more"),
    SettingsKey(
      "timeout", \.timeout, .duration(.milliseconds(10) ... .seconds(600)), "10s", .live, "time for one call"),
    SettingsKey("concurrency", \.concurrency, .integer(1...1024), "16", .live, "calls in flight for a domain"),
    SettingsKey("tls.ca", \.tls.authority, .authorities, "system", .live, "private authority"),
  ]

  private static let chat: [SettingsKey<Settings.Chat>] = [
    SettingsKey("chat_id", \.id, .chat, .words("none"), .live, "the chat; `none` declares it unwanted"),
    SettingsKey(
      "thread_id", \.thread, SettingsCodec<Int64>.integer(1...Int64.max, typeName: "integer").optional("none"), "none",
      .live, "topic of a forum chat"),
    SettingsKey("silent", \.silent, .boolean, "false", .live, "send without a sound"),
    SettingsKey(
      "template", \.template, .template, "standard", .live,
      "text of its messages with placeholders such as `{message}`; `standard` is the guide's"),
  ]
}
