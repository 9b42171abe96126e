import Fakes
import Foundation

/// A gateway whose public listener speaks TLS, and the usual tools that talk to it.
final class TLSListener {
  let folder: TemporaryDirectory
  let gateway: GatewayProcess
  var port: UInt16 { gateway.port }

  /// `clientAuthority` makes clients show a certificate; `configuration` is the file's text.
  init(
    _ authority: TestAuthority, clientAuthority: TestAuthority? = nil, headerTimeout: String = "10s",
    configuration: String = ""
  ) throws {
    folder = try TemporaryDirectory()
    try folder.write(configuration, to: "b.yaml")
    try Self.install(authority, in: folder)
    var environment = [
      "BEACONGATE_HTTP_TLS_CERTIFICATE": folder.file("cert.pem"), "BEACONGATE_HTTP_TLS_KEY": folder.file("cert.key"),
      "BEACONGATE_HTTP_HEADER_TIMEOUT": headerTimeout,
    ]
    if let clientAuthority { environment["BEACONGATE_HTTP_TLS_CLIENT_CA"] = clientAuthority.file }
    gateway = try GatewayProcess(
      ["serve", "--config", folder.file("b.yaml")], environment: environment, folder: folder)
  }

  /// Puts a fresh certificate for `localhost` where the settings say.
  static func install(_ authority: TestAuthority, in folder: TemporaryDirectory) throws {
    let issued = try authority.issue("localhost")
    for (from, name) in [(issued.certificate, "cert.pem"), (issued.key, "cert.key")] {
      try folder.write(String(contentsOfFile: from, encoding: .utf8), to: name)
    }
  }

  /// False when it does not listen within 10 s.
  func waitUntilListening() -> Bool {
    waitUntil { gateway.standardError.contains("taking events on") }
  }

  /// Runs a tool to its end; what it has printed, errors included.
  func run(_ tool: String, _ arguments: [String], input: String = "/dev/null") throws -> (
    exit: ChildProcess.Exit?, text: String
  ) {
    let files = try TemporaryDirectory()
    let child = try ChildProcess(
      tool, arguments: arguments, environment: ["PATH": "/usr/bin:/bin", "HOME": files.path], input: input,
      output: files.file("out"), errors: files.file("err"))
    let exit = child.wait(timeout: .seconds(20))
    return (exit, files.read("out") + files.read("err"))
  }

  /// The status that curl gets for `path`; `000` when there is no answer.
  func curl(_ path: String, trusting authority: TestAuthority, _ more: [String] = []) throws -> String {
    try run(
      "/usr/bin/curl",
      [
        "--silent", "--max-time", "10", "--cacert", authority.file, "--resolve", "localhost:\(port):127.0.0.1",
        "--output", "/dev/null", "--write-out", "%{http_code}",
      ] + more + ["https://localhost:\(port)\(path)"]
    ).text
  }

  func openssl(_ more: [String], input: String = "/dev/null") throws -> (exit: ChildProcess.Exit?, text: String) {
    try run("/usr/bin/openssl", ["s_client", "-connect", "127.0.0.1:\(port)"] + more, input: input)
  }
}
