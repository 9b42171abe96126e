import Glibc

/// A gateway whose listeners belong to the test, as systemd's socket activation has it: it can be replaced while they stay.
package final class ActivatedGateway {
  private let intake: Socket
  private let admin: Socket
  private let folder: TemporaryDirectory
  package private(set) var child: ChildProcess
  private let names: String

  package var port: UInt16 { intake.port }
  package var adminPort: UInt16 { admin.port }
  package var standardError: String { folder.read("stderr") }

  /// Starts it. `names` is what LISTEN_FDNAMES says of the two sockets.
  package init(names: String = "intake:admin") throws {
    (intake, admin) = (try Socket.listen(), try Socket.listen())
    folder = try TemporaryDirectory()
    self.names = names
    child = try Self.start([intake, admin], names, folder)
  }

  /// Ends it by SIGTERM and starts the next on the same sockets and data; how it ended.
  package func replace() throws -> ChildProcess.Exit? {
    child.kill(SIGTERM)
    let exit = child.wait()
    child = try Self.start([intake, admin], names, folder)
    return exit
  }

  /// A shell enters the process's own number, which nobody knows before.
  private static func start(
    _ sockets: [Socket], _ names: String, _ folder: TemporaryDirectory
  ) throws -> ChildProcess {
    let environment = [
      "PATH": "/usr/bin:/bin", "HOME": folder.path, "LANG": "C.UTF-8", "BEACONGATE_DATA_DIR": folder.file("data"),
      "BEACONGATE_CONSOLE_FORMAT": "off", "LISTEN_FDS": "\(sockets.count)", "LISTEN_FDNAMES": names,
      "BINARY": try GatewayProcess.binary(), "BEACONGATE_LOGBEACON_URL": "none",
      "BEACONGATE_TELEGRAM_BOT_TOKEN": "none",
    ]
    return try ChildProcess(
      "/bin/sh", arguments: ["-c", #"LISTEN_PID=$$ exec "$BINARY" serve"#], environment: environment,
      output: folder.file("stdout"), errors: folder.file("stderr"), descriptors: sockets.map(\.descriptor))
  }
}
