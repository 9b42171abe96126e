import Foundation

/// Debian's rabbitmq-server, with only the libraries that a node without plugins needs: Erlang looks for every module in
/// every library's folder, so a mirror without plugins starts in half the time.
enum RabbitInstallation {
  static let control = "/usr/lib/rabbitmq/bin/rabbitmqctl"
  private static let server = "/usr/lib/rabbitmq/bin/rabbitmq-server"
  private static let unneeded = ["amqp_client", "cowboy", "cowlib", "eetcd", "gun", "jose", "prometheus"]

  /// Makes `home` in `directory`, which RabbitMQ's scripts take for the place where it is installed.
  static func mirror(in directory: TemporaryDirectory) throws {
    let files = FileManager.default
    guard files.isExecutableFile(atPath: server) else { throw RabbitNode.Failure.notInstalled }
    let home = URL(fileURLWithPath: server).resolvingSymlinksInPath().deletingLastPathComponent()
      .deletingLastPathComponent().path
    try files.createDirectory(atPath: directory.file("home/plugins"), withIntermediateDirectories: true)
    for name in ["sbin", "escript"] {
      try files.createSymbolicLink(atPath: directory.file("home/\(name)"), withDestinationPath: "\(home)/\(name)")
    }
    for library in try files.contentsOfDirectory(atPath: "\(home)/plugins") where isNeeded(library) {
      try files.createSymbolicLink(
        atPath: directory.file("home/plugins/\(library)"), withDestinationPath: "\(home)/plugins/\(library)")
    }
  }

  private static func isNeeded(_ library: String) -> Bool {
    if library.hasPrefix("rabbitmq_") { return library.hasPrefix("rabbitmq_prelaunch") }
    return !unneeded.contains { library.hasPrefix($0) }
  }
}
