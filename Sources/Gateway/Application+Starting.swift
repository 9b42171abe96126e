import Core
import Platform

extension Application {
  static func open(_ path: String) throws(StartFailure) -> LockedFolder {
    do throws(LockedFolder.Refusal) {
      return try LockedFolder(path)
    } catch {
      throw StartFailure(folder: error, path: path)
    }
  }

  /// Says what runs, and what an operator may not expect.
  static func announcements(_ settings: Settings, _ addresses: [(address: String, isAdmin: Bool)]) -> [(
    ConsoleLineKind, String
  )] {
    var lines: [(ConsoleLineKind, String)] = [
      (
        .notice,
        "beacongate \(Version.current) started: role \(settings.role.rawValue), queue \(settings.queue.rawValue) in \(settings.dataDirectory)"
      )
    ]
    for listener in addresses {
      lines.append((.notice, "\(listener.isAdmin ? "admin listener" : "taking events") on \(listener.address)"))
    }
    for domain in settings.domains where settings.workers.contains(.logbeacon) && domain.logbeacon.url == .unset {
      lines.append(standIn("LogBeacon", "logbeacon.url", domain, settings))
    }
    for domain in settings.domains where settings.workers.contains(.telegram) {
      let telegram = domain.telegram
      let isSet = telegram.botToken != .unset && telegram.developer.id != .unset && telegram.customer.id != .unset
      if !isSet, telegram.botToken != .unwanted {
        lines.append(standIn("Telegram", "telegram.bot_token and chat_id", domain, settings))
      }
    }
    return lines
  }

  private static func standIn(
    _ service: String, _ key: String, _ domain: Settings.Domain, _ settings: Settings
  ) -> (ConsoleLineKind, String) {
    settings.console.format == .off
      ? (
        .warning,
        "\(domain.name): \(service) is not configured (\(key)) and the console is off: its copies wait in the queue"
      )
      : (.notice, "\(domain.name): \(service) is not configured (\(key)): the console shows what would be sent")
  }
}
