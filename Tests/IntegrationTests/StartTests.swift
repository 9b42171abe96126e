import Core
import Fakes
import Foundation
import Testing

@Suite(.serialized) struct StartTests {
  @Test("a second gateway on one data folder refuses with 75 and names the key")
  func sameFolder() throws {
    let folder = try TemporaryDirectory()
    let first = try GatewayProcess(folder: folder)
    #expect(first.waitUntilHealthy())
    let other = try TemporaryDirectory()
    let second = try GatewayProcess(environment: ["BEACONGATE_DATA_DIR": folder.file("data")], folder: other)
    #expect(second.wait() == .code(75))
    #expect(second.standardError.contains("data_dir: "))
    #expect(first.health() == 200)
  }

  @Test("a taken port is exit 75 with the address and the mend")
  func takenPort() throws {
    let first = try GatewayProcess()
    #expect(first.waitUntilHealthy())
    let second = try GatewayProcess(environment: ["BEACONGATE_HTTP_LISTEN": "127.0.0.1:\(first.port)"])
    #expect(second.wait() == .code(75))
    #expect(second.standardError.contains("127.0.0.1:\(first.port)"))
    #expect(first.health() == 200)
  }

  @Test("a data folder that cannot be made is exit 78 and names the key")
  func unusableFolder() throws {
    let folder = try TemporaryDirectory()
    try folder.write("a file", to: "file")
    let gateway = try GatewayProcess(environment: ["BEACONGATE_DATA_DIR": folder.file("file/data")])
    #expect(gateway.wait() == .code(78))
    #expect(gateway.standardError.contains("data_dir: "))
  }

  @Test("every mistake in the file is reported at once with line and column, exit 78")
  func wrongFile() throws {
    let folder = try TemporaryDirectory()
    try folder.write("http:\n  listen: 1\n  treads: 2\nretry:\n  delay: soon\n", to: "b.yaml")
    let gateway = try GatewayProcess(["serve", "--config", folder.file("b.yaml")], folder: folder)
    #expect(gateway.wait() == .code(78))
    let lines = gateway.standardError.split(separator: "\n")
    #expect(lines.contains { $0.contains("b.yaml:3:3:") && $0.contains("http.treads") })
    #expect(lines.contains { $0.contains("b.yaml:5:10:") && $0.contains("retry.delay") })
  }

  @Test("SIGHUP takes new settings over, and a bad file keeps the old ones")
  func reload() throws {
    let folder = try TemporaryDirectory()
    try folder.write("limits:\n  message: 5\n", to: "b.yaml")
    let gateway = try GatewayProcess(["serve", "--config", folder.file("b.yaml")], folder: folder)
    #expect(gateway.waitUntilHealthy())
    let isCut = {
      (try? gateway.post(["level": 0, "def_name": "f", "message": "123456"]).json?["truncated"]) == ["message"]
    }
    #expect(isCut())
    try folder.write("limits:\n  message: 50\nrole: all\n", to: "b.yaml")
    gateway.kill(SIGHUP)
    #expect(waitUntil { !isCut() })
    try folder.write("limits: [\n", to: "b.yaml")
    gateway.kill(SIGHUP)
    #expect(waitUntil { gateway.standardError.contains("old ones stay") })
    #expect(!isCut())
    gateway.kill(SIGTERM)
    #expect(gateway.wait() == .code(0))
  }

  @Test("health turns 503 for shutdown.delay while events are still taken")
  func delay() throws {
    let gateway = try GatewayProcess(environment: ["BEACONGATE_SHUTDOWN_DELAY": "1s"])
    #expect(gateway.waitUntilHealthy())
    gateway.kill(SIGTERM)
    #expect(waitUntil { gateway.health() == 503 })
    #expect(try gateway.post(["level": 1, "def_name": "f", "message": "m"]).status == 202)
    #expect(gateway.wait() == .code(0))
  }
}
