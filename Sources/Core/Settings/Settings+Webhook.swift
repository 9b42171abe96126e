extension Settings {
  /// Whether any domain gives the webhook an address: without one there is neither queue nor worker for it.
  package var usesWebhook: Bool { domains.contains { $0.webhook.isGiven } }

  /// The sinks of this configuration, in the order of `Sink.allCases`.
  package var sinks: [Sink] { Sink.allCases.filter { $0 != .webhook || usesWebhook } }

  /// These settings with everything about the webhook that cannot change while running as `older` has it: whether there
  /// is one at all, since its queues and its worker are made at the start.
  func keepingWebhook(of older: Settings) -> Settings {
    guard usesWebhook != older.usesWebhook else { return self }
    var settings = self
    settings.webhook = older.webhook
    for index in settings.domains.indices where older.domains.indices.contains(index) {
      settings.domains[index].webhook = older.domains[index].webhook
    }
    return settings
  }
}

extension Settings.Webhook {
  var isGiven: Bool {
    if case .set = url { true } else { false }
  }
}
