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

  /// Says what runs and where; what becomes of a sink that is not configured is the worker's to say.
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
    return lines
  }
}
