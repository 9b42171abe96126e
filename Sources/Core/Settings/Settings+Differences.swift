/// A key whose value changed between two readings of the settings.
package struct SettingsDifference: Sendable, Equatable {
  package let key: String
  /// True when the running process keeps the old value.
  package let needsRestart: Bool
}

extension Settings {
  /// The keys in which `newer` differs, in the order of the documentation.
  ///
  /// Domains need a restart only when their names or order change, or a key in their blocks that needs one; the
  /// webhook's address when there was none, or will be none.
  package func differences(to newer: Settings) -> [SettingsDifference] {
    SettingsTable.rows.compactMap { row in
      guard !row.isSame(self, newer) else { return nil }
      return SettingsDifference(key: row.path, needsRestart: needsRestart(row, for: newer))
    }
  }

  /// These settings with everything of `newer` that may change while running.
  package func adopting(_ newer: Settings) -> Settings {
    var result = self
    for row in SettingsTable.rows where row.change == .live { row.copy(newer, &result) }
    for index in result.domains.indices {
      guard let domain = newer.domains.first(where: { $0.name == result.domains[index].name }) else { continue }
      (result.domains[index].rate, result.domains[index].burst) = (domain.rate, domain.burst)
      for row in SettingsTable.logbeacon where row.change == .live {
        row.copy(domain.logbeacon, &result.domains[index].logbeacon)
      }
      for row in SettingsTable.telegram where row.change == .live {
        row.copy(domain.telegram, &result.domains[index].telegram)
      }
      for row in SettingsTable.webhook where row.change == .live {
        row.copy(domain.webhook, &result.domains[index].webhook)
      }
    }
    return result.keepingWebhook(of: self)
  }

  private func needsRestart(_ row: SettingsKey<Settings>, for newer: Settings) -> Bool {
    switch row.path {
    case "domains": !canTakeDomains(of: newer)
    case "webhook.url": usesWebhook != newer.usesWebhook
    case "routes": !usesWebhook && newer.usesWebhook && newer.routes.reach(.webhook)
    default: row.change == .restart
    }
  }

  private func canTakeDomains(of newer: Settings) -> Bool {
    domains.map(\.name) == newer.domains.map(\.name) && adopting(newer).domains == newer.domains
  }
}
