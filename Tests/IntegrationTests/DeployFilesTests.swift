import Fakes
import Foundation
import Testing
import YAML

/// What is shipped in `deploy/` is what the programs that read it take.
@Suite(.serialized) struct DeployFilesTests {
  static let analyze = "/usr/bin/systemd-analyze"
  static let haproxy = "/usr/sbin/haproxy"
  static let instances = ["ingest", "worker", "all"]

  @Test("the unit is valid for every instance", .enabled(if: DeployFiles.isInstalled(analyze)), arguments: instances)
  func unit(_ instance: String) throws {
    let units = try Self.units()
    let (exit, output) = try DeployFiles.run(
      Self.analyze, ["verify", "--man=no", units.file("beacongate@\(instance).service")])
    #expect(exit == .code(0))
    #expect(!output.contains("beacongate"), "\(output)")
  }

  @Test("the socket is valid for every instance", .enabled(if: DeployFiles.isInstalled(analyze)), arguments: instances)
  func socket(_ instance: String) throws {
    let units = try Self.units()
    let (exit, output) = try DeployFiles.run(
      Self.analyze, ["verify", "--man=no", units.file("beacongate@\(instance).socket")])
    #expect(exit == .code(0))
    #expect(!output.contains("beacongate"), "\(output)")
  }

  @Test("the unit's exposure is at most 1.5", .enabled(if: DeployFiles.isInstalled(analyze)))
  func exposure() throws {
    let units = try Self.units()
    let (exit, output) = try DeployFiles.run(
      Self.analyze,
      ["security", "--offline=true", "--threshold=15", "--no-pager", units.file("beacongate@all.service")])
    #expect(exit == .code(0), "\(output)")
    #expect(output.contains("Overall exposure level"))
  }

  @Test(
    "HAProxy takes its configuration", .enabled(if: DeployFiles.isInstalled(haproxy)),
    arguments: [[:], ["BEACONGATE_SEND_PROXY": "yes"]])
  func balancer(_ option: [String: String]) throws {
    let addresses = ["INGEST_1": "127.0.0.1:1", "INGEST_2": "127.0.0.1:2", "BEACONGATE_BIND": "127.0.0.1:3"]
    let (exit, output) = try DeployFiles.run(
      Self.haproxy, ["-c", "-V", "-f", DeployFiles.path("haproxy.cfg")],
      environment: addresses.merging(option) { $1 })
    #expect(exit == .code(0), "\(output)")
    #expect(!output.contains("WARNING"), "\(output)")
  }

  @Test("the configurations for systemd are taken, and the unit waits longer than they shut down", arguments: instances)
  func configuration(_ instance: String) throws {
    let secrets = try DeploySecrets()
    let settings = try DeployFiles.settings(
      DeployFiles.path("systemd/\(instance).yaml"), environment: secrets.variables(role: instance))
    #expect(settings["role"].text == instance)
    let patience = try DeployFiles.duration(try Self.directive("TimeoutStopSec"))
    let needed = try DeployFiles.shutdownTime(settings)
    #expect(patience >= needed + .seconds(10))
  }

  @Test("instances on one machine have ports of their own")
  func ports() throws {
    let secrets = try DeploySecrets()
    let addresses = try Self.instances.flatMap { instance in
      let settings = try DeployFiles.settings(
        DeployFiles.path("systemd/\(instance).yaml"), environment: secrets.variables(role: instance))
      return [settings["http"]["listen"], settings["admin"]["listen"]].flatMap { $0.texts + [$0.text] }
        .filter { !$0.isEmpty }
    }
    #expect(addresses.count == 6)
    #expect(Set(addresses).count == 6)
  }

  @Test("the image's configuration is refused until somebody lets anonymous clients in")
  func image() throws {
    let file = DeployFiles.path("image/beacongate.yaml")
    #expect(throws: DeployFiles.Refused.self) { try DeployFiles.settings(file, environment: [:]) }
    let allowed = try DeployFiles.settings(file, environment: ["BEACONGATE_AUTH_ALLOW_ANONYMOUS": "true"])
    #expect("\(allowed["http"]["listen"])".contains("0.0.0.0:8080"))
  }

  /// The units in a folder of their own, with the binary under test in place of the installed one.
  private static func units() throws -> TemporaryDirectory {
    let folder = try TemporaryDirectory()
    let unit = try DeployFiles.text("systemd/beacongate@.service")
    let installed = "/usr/local/bin/beacongate"
    #expect(unit.contains(installed))
    let tested = unit.replacing(installed, with: try GatewayProcess.binary())
    try folder.write(tested, to: "beacongate@.service")
    for instance in instances {
      try folder.write(tested, to: "beacongate@\(instance).service")
      try folder.write(try DeployFiles.text("systemd/beacongate@.socket"), to: "beacongate@\(instance).socket")
      try FileManager.default.copyItem(
        atPath: DeployFiles.path("systemd/beacongate@\(instance).service.d"),
        toPath: folder.file("beacongate@\(instance).service.d"))
    }
    return folder
  }

  private static func directive(_ name: String) throws -> String {
    let lines = try DeployFiles.text("systemd/beacongate@.service").split(separator: "\n")
    let line = try #require(lines.last { $0.hasPrefix("\(name)=") })
    return String(line.dropFirst(name.count + 1))
  }
}

/// Secrets as `deploy/make-secrets` writes them, with a bot's token.
struct DeploySecrets {
  let folder: TemporaryDirectory

  init() throws {
    folder = try TemporaryDirectory()
    let (exit, output) = try DeployFiles.run(DeployFiles.path("make-secrets"), [folder.path, "rabbitmq.example"])
    guard exit == .code(0) else { throw DeployFiles.Refused(output: output) }
    try folder.write("123456789:TEST-TEST-TEST-TEST-TEST-TEST-TEST\n", to: "telegram_bot_token")
  }

  /// What a process of `role` reads from files.
  func variables(role: String) -> [String: String] {
    var variables: [String: String] = [:]
    if role != "all" { variables["BEACONGATE_BROKER_URLS_FILE"] = folder.file("\(role)_broker_urls") }
    if role != "ingest" { variables["BEACONGATE_TELEGRAM_BOT_TOKEN_FILE"] = folder.file("telegram_bot_token") }
    return variables
  }

  func password(_ user: String) -> String { folder.read("\(user)_broker_password").filter { $0 != "\n" } }
}
