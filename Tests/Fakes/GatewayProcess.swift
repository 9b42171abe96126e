import Foundation

/// The built `beacongate` as a child: own data folder, free ports, output captured.
package final class GatewayProcess: Sendable {
  package let child: ChildProcess
  package let port: UInt16
  package let adminPort: UInt16
  package let folder: TemporaryDirectory

  /// Starts `beacongate` with `arguments`, and waits for nothing yet.
  ///
  /// `environment` overrides the listeners and the data folder that are set here; `folder` keeps data over a restart.
  package init(
    _ arguments: [String] = ["serve"], environment: [String: String] = [:], folder: TemporaryDirectory? = nil
  ) throws {
    let folder = try folder ?? TemporaryDirectory()
    (port, adminPort) = (try freePort(), try freePort())
    self.folder = folder
    var all = [
      "PATH": "/usr/bin:/bin", "HOME": folder.path, "LANG": "C.UTF-8",
      "BEACONGATE_HTTP_LISTEN": "127.0.0.1:\(port)", "BEACONGATE_ADMIN_LISTEN": "127.0.0.1:\(adminPort)",
      "BEACONGATE_DATA_DIR": folder.file("data"),
    ]
    all.merge(environment) { $1 }
    child = try ChildProcess(
      try Self.binary(), arguments: arguments, environment: all,
      output: folder.file("stdout"), errors: folder.file("stderr"))
  }

  package var url: String { "http://127.0.0.1:\(port)" }
  package var standardOutput: String { folder.read("stdout") }
  package var standardError: String { folder.read("stderr") }

  /// False when `GET /health` is not 200 within `timeout`, or the process has ended.
  package func waitUntilHealthy(timeout: Duration = .seconds(10)) -> Bool {
    _ = waitUntil(timeout: timeout) { !child.isRunning || health() == 200 }
    return child.isRunning && health() == 200
  }

  /// The status of `GET /health`, `nil` without an answer.
  package func health() -> Int? {
    try? request("GET", "/health").status
  }

  /// One request on a connection of its own.
  package func request(
    _ method: String, _ path: String, headers: [String: String] = [:], body: String? = nil, onAdmin: Bool = false
  ) throws -> RawHTTPConnection.Response {
    let connection = try RawHTTPConnection(port: onAdmin ? adminPort : port)
    var text = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    for (name, value) in headers { text += "\(name): \(value)\r\n" }
    if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
    try connection.send("\(text)\r\n\(body ?? "")")
    return try connection.readResponse(hasBody: method != "HEAD")
  }

  package func post(_ event: JSONValue, headers: [String: String] = [:]) throws -> RawHTTPConnection.Response {
    let type = ["Content-Type": "application/json"]
    return try request(
      "POST", "/log", headers: type.merging(headers) { $1 }, body: String(decoding: event.bytes, as: UTF8.self))
  }

  package func kill(_ signal: Int32) { child.kill(signal) }

  /// `nil` when it still runs after `timeout`.
  package func wait(timeout: Duration = .seconds(20)) -> ChildProcess.Exit? { child.wait(timeout: timeout) }

  /// The binary that was built beside the running tests, or the one that `BEACONGATE_BINARY` names.
  package static func binary() throws -> String {
    if let path = ProcessInfo.processInfo.environment["BEACONGATE_BINARY"] { return path }
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let path = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("beacongate").path
    guard FileManager.default.isExecutableFile(atPath: path) else { throw MissingBinary(path: path) }
    return path
  }

  package struct MissingBinary: Error, Sendable {
    package let path: String
  }
}
