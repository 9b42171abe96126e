import Core
import Fakes
import Foundation
import Gateway
import Platform

/// A gateway inside the test, on ports that the system chose.
final class RunningGateway {
  let application: Application
  let settings: Settings
  let port: UInt16
  let adminPort: UInt16
  private let folder: TemporaryDirectory
  private var stopping: NamedThread?

  init(_ change: (inout Settings) -> Void = { _ in }) throws {
    folder = try TemporaryDirectory()
    var settings = Settings()
    settings.dataDirectory = folder.path + "/data"
    settings.http.listen = [.tcp(host: "127.0.0.1", port: 0)]
    settings.admin.listen = [.tcp(host: "127.0.0.1", port: 0)]
    settings.http.threads = 2
    settings.workers = []
    settings.shutdown.grace = .seconds(2)
    change(&settings)
    self.settings = settings
    application = try Application(settings, console: .off, notices: .off, zone: .utc)
    let ports = application.addresses.map { UInt16($0.address.split(separator: ":").last ?? "") ?? 0 }
    port = ports[0]
    adminPort = ports[ports.count - 1]
  }

  deinit {
    beginStop()
    stopping?.join()
  }

  /// Stops it on a thread of its own, once.
  func beginStop() {
    if stopping == nil { stopping = NamedThread("stop") { [application] in application.stop() } }
  }

  func connect() throws -> RawHTTPConnection { try RawHTTPConnection(port: port) }

  /// Sends `text` on a connection of its own and reads one answer.
  func exchange(_ text: String, onAdmin: Bool = false) throws -> RawHTTPConnection.Response {
    let connection = try RawHTTPConnection(port: onAdmin ? adminPort : port)
    try connection.send(text)
    return try connection.readResponse(hasBody: !text.hasPrefix("HEAD"))
  }

  /// A `POST /log` with `body`.
  static func post(_ body: String, headers: String = "Content-Type: application/json\r\n") -> String {
    "POST /log HTTP/1.1\r\nHost: localhost\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }

  static let event = #"{"level":1,"def_name":"f","message":"m"}"#
}
