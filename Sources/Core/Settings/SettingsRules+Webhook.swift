extension SettingsRules {
  /// Who routes to the webhook says where it is, for every domain, and what signs the calls.
  static func webhook(_ settings: Settings) -> [Broken] {
    var broken: [Broken] = []
    let isRouted = settings.routes.reach(.webhook)
    if settings.workers == [.webhook], !settings.usesWebhook {
      broken.append(Broken("workers", "webhook alone is to run, and no webhook.url is set", mend: "set webhook.url"))
    }
    if isRouted, settings.domains.allSatisfy({ $0.webhook.url == .unset }) {
      broken.append(
        Broken(
          "routes", "a level goes to webhook, and webhook.url is not set",
          mend: "set webhook.url and webhook.secret, or take webhook out of the routes"))
      return broken
    }
    for (index, domain) in settings.domains.enumerated() {
      let key = domain.webhook == settings.webhook ? "webhook" : "domains[\(index)].webhook"
      switch domain.webhook.url {
      case .unset where isRouted || settings.usesWebhook:
        broken.append(
          Broken("\(key).url", "domain \(domain.name) has none, others do", mend: "set it, or write none"))
      case .set where domain.webhook.secret == nil:
        broken.append(
          Broken(
            "\(key).secret", "calls of domain \(domain.name) would not be signed",
            mend: "set it, best as a file named by BEACONGATE_WEBHOOK_SECRET_FILE"))
      case .set, .unset, .unwanted: break
      }
    }
    return broken
  }
}
